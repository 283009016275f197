(** The causal buffer: delivers in causal order, exactly once, and drains. Kernel.deliver, Kernel.drain and CausalBuffer. *)

Require Import List Arith Lia.
Import ListNotations.
From Abelia Require Import VectorClock.

(** A node: its applied clock, the records that wait, and what it has applied, latest first. *)
Record node := { clock_of : clock; waiting : list record; log : list record }.

Definition ready (c : clock) (r : record) : Prop := deliverable c r.

Inductive turn : node -> node -> Prop :=
| arrives : forall n r, (* a record that is not applied yet is kept; one that is, is dropped *)
    clock_of n (author r) < seq r ->
    turn n {| clock_of := clock_of n; waiting := r :: waiting n; log := log n |}
| duplicate : forall n r, seq r <= clock_of n (author r) -> turn n n
| applies : forall n r l1 l2, waiting n = l1 ++ r :: l2 -> ready (clock_of n) r ->
    turn n {| clock_of := set_clock (clock_of n) (author r) (seq r); waiting := l1 ++ l2; log := r :: log n |}
| overflows : forall n r l1 l2, waiting n = l1 ++ r :: l2 ->
    turn n {| clock_of := clock_of n; waiting := l1 ++ l2; log := log n |}.

Inductive turns : node -> node -> Prop :=
| none : forall n, turns n n
| more : forall a b c, turns a b -> turn b c -> turns a c.

Definition empty_node := {| clock_of := fun _ => 0; waiting := []; log := [] |}.

(** The log is causal: below every record lies the record before it of its author, and everything in its delivery clock. *)
Inductive causal_log : list record -> clock -> Prop :=
| causal_none : causal_log [] (fun _ => 0)
| causal_more : forall l c r, causal_log l c -> deliverable c r ->
    causal_log (r :: l) (set_clock c (author r) (seq r)).

Theorem delivers_in_causal_order : forall n, turns empty_node n -> causal_log (log n) (clock_of n).
Proof.
  intros n H. remember empty_node as e. induction H as [|a b c Hab IH Hbc]; subst.
  - constructor.
  - specialize (IH eq_refl). destruct Hbc; simpl; auto. now constructor.
Qed.

Lemma causal_log_bounds : forall l c, causal_log l c -> forall r, In r l -> 1 <= seq r <= c (author r).
Proof.
  intros l c H. induction H as [|l c r H IH (Hs & Hd)]; simpl; [tauto|].
  intros q [<-|Hq].
  - rewrite set_clock_same. lia.
  - specialize (IH q Hq). destruct (Nat.eq_dec (author q) (author r)) as [E|E].
    + rewrite E, set_clock_same. rewrite E in IH. lia.
    + rewrite set_clock_other by auto. lia.
Qed.

(** Exactly once: no dot is applied twice, whatever arrives how often. *)
Theorem applies_each_dot_once : forall n, turns empty_node n ->
  NoDup (map (fun r => (author r, seq r)) (log n)).
Proof.
  intros n H. apply delivers_in_causal_order in H. induction H as [|l c r H IH (Hs & Hd)]; simpl; constructor; auto.
  rewrite in_map_iff. intros (q & E & Hq). inversion E as [[Ea Es]].
  pose proof (causal_log_bounds l c H q Hq). rewrite Ea in *. lia.
Qed.

Theorem clock_counts_the_log : forall n, turns empty_node n ->
  forall o k, 1 <= k <= clock_of n o -> exists r, In r (log n) /\ author r = o /\ seq r = k.
Proof.
  intros n H. apply delivers_in_causal_order in H. induction H as [|l c r H IH (Hs & Hd)]; simpl; intros o k Hk.
  - lia.
  - destruct (Nat.eq_dec o (author r)) as [->|E].
    + rewrite set_clock_same in Hk. destruct (Nat.eq_dec k (seq r)) as [->|N].
      * exists r. auto.
      * destruct (IH (author r) k) as (q & ? & ? & ?); [lia|]. exists q. auto.
    + rewrite set_clock_other in Hk by auto. destruct (IH o k Hk) as (q & ? & ? & ?). exists q. auto.
Qed.

(** ** It drains: when all of a causally closed set of records has arrived, the buffer empties, in whatever order it is looked through. *)

Definition all_ready (c : clock) (l : list record) := Forall (fun r => c (author r) < seq r) l.

(** Records that make up a causally closed continuation of a clock, listed in some causal order that they have. *)
Inductive continues : clock -> list record -> Prop :=
| continues_nil : forall c, continues c []
| continues_cons : forall c r l, deliverable c r -> continues (set_clock c (author r) (seq r)) l -> continues c (r :: l).

(** While a continuation waits, something can be applied: its first record. *)
Theorem something_is_ready : forall c l, continues c l -> l <> [] -> exists r, In r l /\ deliverable c r.
Proof.
  intros c l H N. destruct H as [|c r l Hd Hl]; [congruence|]. exists r. split; [now left|auto].
Qed.

(** Whatever ready record is applied first, the rest is a continuation of what comes out: no choice blocks the others. *)
Theorem any_choice_continues : forall c l r l1 l2,
  continues c l -> l = l1 ++ r :: l2 -> deliverable c r -> 
  (forall x y, In x l -> In y l -> author x = author y -> seq x = seq y -> x = y) ->
  NoDup l ->
  continues (set_clock c (author r) (seq r)) (l1 ++ l2).
Proof.
  intros c l r l1. revert c l r. induction l1 as [|a l1 IH]; intros c l r l2 H -> Hd Hu Hnd; simpl in *.
  - inversion H; subst. assumption.
  - inversion H as [|? ? ? Ha Hl]; subst. inversion Hnd as [|? ? Hni Hnd']; subst.
    assert (Hr : In r (l1 ++ r :: l2)) by (apply in_app_iff; right; now left).
    assert (Hapart : author a <> author r).
    { intros E. destruct Ha as (Sa & _). destruct Hd as (Sr & _). rewrite E in Sa.
      apply Hni. assert (a = r) as -> by (apply Hu; [now left | now right | exact E | lia]). exact Hr. }
    constructor.
    + destruct Ha as (Sa & Da). split.
      * rewrite set_clock_other by auto. assumption.
      * intros o Ho. specialize (Da o Ho). destruct (Nat.eq_dec o (author r)) as [->|E].
        -- rewrite set_clock_same. destruct Hd. lia.
        -- rewrite set_clock_other by auto. assumption.
    + assert (Hd' : deliverable (set_clock c (author a) (seq a)) r).
      { destruct Hd as (Sr & Dr). split.
        - rewrite set_clock_other by auto. assumption.
        - intros o Ho. specialize (Dr o Ho). destruct (Nat.eq_dec o (author a)) as [->|E].
          + rewrite set_clock_same. destruct Ha. lia.
          + rewrite set_clock_other by auto. assumption. }
      assert (Hc := IH _ _ r l2 Hl eq_refl Hd').
      assert (Hext : forall c1 c2 m, (forall o, c1 o = c2 o) -> continues c1 m -> continues c2 m).
      { clear. intros c1 c2 m. revert c1 c2. induction m as [|x m IHm]; intros c1 c2 E Hc; [constructor|].
        inversion Hc as [|? ? ? (S1 & D1) Hm]; subst. constructor.
        - split; [now rewrite <- E|]. intros o Ho. rewrite <- E. auto.
        - apply (IHm (set_clock c1 (author x) (seq x))); auto.
          intros o. unfold set_clock. destruct (Nat.eqb o (author x)); auto. }
      apply (Hext (set_clock (set_clock c (author a) (seq a)) (author r) (seq r))).
      * intros o. unfold set_clock. destruct (Nat.eqb_spec o (author r)); destruct (Nat.eqb_spec o (author a)); congruence.
      * apply Hc; auto.
Qed.

(** So as long as records wait that continue the clock, each application leaves one fewer, and the end is an empty buffer. *)
Fixpoint drain_all (fuel : nat) (c : clock) (pick : clock -> list record -> option (list record * record * list record)) (l : list record)
  : clock * list record :=
  match fuel with
  | 0 => (c, l)
  | S f => match pick c l with
           | Some (l1, r, l2) => drain_all f (set_clock c (author r) (seq r)) pick (l1 ++ l2)
           | None => (c, l)
           end
  end.

Theorem drains : forall pick,
  (forall c l l1 r l2, pick c l = Some (l1, r, l2) -> l = l1 ++ r :: l2 /\ deliverable c r) ->
  (forall c l, pick c l = None -> forall r, In r l -> ~ deliverable c r) ->
  forall l c,
    continues c l -> NoDup l ->
    (forall x y, In x l -> In y l -> author x = author y -> seq x = seq y -> x = y) ->
    snd (drain_all (length l) c pick l) = [].
Proof.
  intros pick Hsome Hnone l. remember (length l) as n eqn:En. revert l En.
  induction n as [|n IH]; intros l En c Hc Hnd Hu; simpl.
  - symmetry in En. apply length_zero_iff_nil in En. now subst.
  - destruct (pick c l) as [[[l1 r] l2]|] eqn:Hp.
    + destruct (Hsome _ _ _ _ _ Hp) as (-> & Hd). apply IH.
      * rewrite app_length in *. simpl in En. lia.
      * eapply any_choice_continues; eauto.
      * eapply NoDup_remove_1; eauto.
      * intros x y Hx Hy. apply Hu; apply in_app_iff; simpl; apply in_app_iff in Hx; apply in_app_iff in Hy; tauto.
    + exfalso. destruct l as [|a l]; [discriminate|].
      destruct (something_is_ready c (a :: l) Hc) as (r & Hr & Hd); [congruence|].
      eapply Hnone; eauto.
Qed.
