(** Vector clocks under loss, duplication and reordering, when only commits tick; their delta encoding; dots that are unique
    across restarts, wipes and copies. The rules are those of Kernel.append, Kernel.deliver and RecordClock. *)

Require Import List Arith Lia Relations FinFun.
Import ListNotations.

Definition origin := nat.
Definition clock := origin -> nat.
Definition le_clock (a b : clock) := forall o, a o <= b o.
Definition set_clock (c : clock) (o : origin) (n : nat) : clock := fun p => if Nat.eqb p o then n else c p.

Definition dot := (origin * nat)%type.

Record record := { author : origin; seq : nat; delivery : clock }.

(** The system: which records exist, and what every node has applied. Messages may be lost (never delivered), doubled and overtaken:
    [deliver] may take any record that exists, at any time. Each origin commits at one node. A node may forget everything: one that lost
    its disk does, and one that was stopped, too, which then takes again what it finds in its log, of which the end may be lost. *)
Record system := { records : list record; applied : nat -> clock }.

Definition home := origin -> nat.

Definition exists_at (s : system) (o : origin) (n : nat) (r : record) := In r (records s) /\ author r = o /\ seq r = n.

Definition initial : system := {| records := []; applied := fun _ _ => 0 |}.

Definition set_applied (s : system) (node : nat) (c : clock) : nat -> clock :=
  fun m => if Nat.eqb m node then c else applied s m.

(** A record may be applied where it is the next of its origin and everything in its delivery clock has been applied. *)
Definition deliverable (c : clock) (r : record) :=
  seq r = S (c (author r)) /\ forall o, o <> author r -> delivery r o <= c o.

Inductive step (h : home) : system -> system -> Prop :=
| commit : forall s o,
    let c := applied s (h o) in
    let r := {| author := o; seq := S (c o); delivery := c |} in
    (forall x, In x (records s) -> author x = o -> seq x <= c o) -> (* an origin that has lost a record of its own writes no more *)
    step h s {| records := r :: records s; applied := set_applied s (h o) (set_clock c o (S (c o))) |}
| deliver : forall s node r,
    In r (records s) -> deliverable (applied s node) r ->
    step h s {| records := records s;
                applied := set_applied s node (set_clock (applied s node) (author r) (seq r)) |}
| forget : forall s node, step h s {| records := records s; applied := set_applied s node (fun _ => 0) |}.

Definition reachable (h : home) := clos_refl_trans_1n _ (step h).

(** What holds in every reachable state. *)
Record good (s : system) : Prop := {
  positive : forall r, In r (records s) -> seq r = S (delivery r (author r));
  unique : forall r r', In r (records s) -> In r' (records s) -> author r = author r' -> seq r = seq r' -> r = r';
  known : forall node o n, 1 <= n <= applied s node o -> exists r, exists_at s o n r;
  closed_node : forall node r, In r (records s) -> seq r <= applied s node (author r) -> le_clock (delivery r) (applied s node);
  closed_record : forall r r', In r (records s) -> In r' (records s) ->
      seq r' <= delivery r (author r') -> le_clock (delivery r') (delivery r);
  known_record : forall r o n, In r (records s) -> 1 <= n <= delivery r o -> exists r', exists_at s o n r'
}.

Lemma good_initial : good initial.
Proof.
  split; simpl; intros; try contradiction; try lia.
Qed.

Lemma set_clock_same : forall c o n, set_clock c o n o = n.
Proof. intros. unfold set_clock. now rewrite Nat.eqb_refl. Qed.

Lemma set_clock_other : forall c o n p, p <> o -> set_clock c o n p = c p.
Proof. intros c o n p H. unfold set_clock. destruct (Nat.eqb_spec p o); congruence. Qed.

Lemma set_clock_grows : forall c o n, c o <= n -> le_clock c (set_clock c o n).
Proof.
  intros c o n H p. unfold set_clock. destruct (Nat.eqb_spec p o); subst; lia.
Qed.

Ltac node_cases m n := unfold set_applied in *; destruct (Nat.eqb_spec m n); [subst|].

Lemma good_step : forall h s s', good s -> step h s s' -> good s'.
Proof.
  intros h s s' G Hs. destruct Hs as [s o c r Hold | s node r Hr Hd | s node].
  - (* commit *)
    assert (Hnew : forall n, applied s n o <= c o).
    { intros n. destruct (Nat.eq_dec (applied s n o) 0) as [Z|N]; [lia|].
      destruct (known s G n o (applied s n o)) as (x & Hin & Hb & Hq); [lia|]. rewrite <- Hq. now apply Hold. }
    assert (Hgrow : le_clock c (set_clock c o (S (c o)))) by (apply set_clock_grows; lia).
    split; simpl.
    + intros r' [<-|H]; simpl; auto. now apply (positive s G).
    + intros r1 r2 [<-|H1] [<-|H2] Hb Hq; simpl in *; auto.
      * specialize (Hold r2 H2 (eq_sym Hb)). lia.
      * specialize (Hold r1 H1 Hb). lia.
      * now apply (unique s G).
    + intros node p n Hn. unfold exists_at. simpl.
      assert (Hcase : n <= applied s node p \/ (node = h o /\ p = o /\ n = S (c o))).
      { node_cases node (h o); [|left; lia].
        destruct (Nat.eq_dec p o) as [->|Hp].
        - rewrite set_clock_same in Hn. unfold c in *. destruct (Nat.eq_dec n (S (applied s (h o) o))); [right; auto|left; lia].
        - rewrite set_clock_other in Hn by auto. left. unfold c in Hn. lia. }
      destruct Hcase as [Hle|(-> & -> & ->)].
      * destruct (known s G node p n) as (r' & Hin & Hb & Hq); [lia|]. exists r'. auto.
      * exists r. simpl. auto.
    + intros node r' [<-|H] Hq; simpl in *.
      * intros p. node_cases node (h o).
        -- apply Hgrow.
        -- exfalso. specialize (Hnew node). lia.
      * intros p. assert (Hle : seq r' <= applied s node (author r')).
        { node_cases node (h o); [|exact Hq].
          destruct (Nat.eq_dec (author r') o) as [E|E].
          - specialize (Hold r' H E). rewrite E. exact Hold.
          - rewrite set_clock_other in Hq by auto. exact Hq. }
        pose proof (closed_node s G node r' H Hle p) as Hc.
        node_cases node (h o); auto. specialize (Hgrow p). unfold c in *. lia.
    + intros r1 r2 [<-|H1] [<-|H2] Hq; simpl in *.
      * lia.
      * apply (closed_node s G (h o) r2 H2). exact Hq.
      * exfalso. destruct (known_record s G r1 o (S (c o)) H1) as (r' & Hin & Hb & Hs'); [lia|].
        specialize (Hold r' Hin Hb). lia.
      * now apply (closed_record s G r1 r2).
    + intros r' p n [<-|H] Hn; simpl in *.
      * destruct (known s G (h o) p n Hn) as (r' & Hin & Hb & Hq). exists r'. unfold exists_at. simpl. auto.
      * destruct (known_record s G r' p n H Hn) as (x & Hin & Hb & Hq). exists x. unfold exists_at. simpl. auto.
  - (* deliver *)
    destruct Hd as (Hseq & Hdel). set (c := applied s node) in *.
    assert (Hgrow : le_clock c (set_clock c (author r) (seq r))) by (apply set_clock_grows; lia).
    split; simpl.
    + apply (positive s G).
    + apply (unique s G).
    + intros m p n Hn. unfold exists_at. simpl. node_cases m node; [|now apply (known s G m)].
      destruct (Nat.eq_dec p (author r)) as [->|Hp].
      * rewrite set_clock_same in Hn. destruct (Nat.eq_dec n (seq r)) as [->|].
        -- exists r. auto.
        -- apply (known s G node). unfold c in *. lia.
      * rewrite set_clock_other in Hn by auto. now apply (known s G node).
    + intros m r' H Hq. node_cases m node; [|now apply (closed_node s G)].
      destruct (Nat.eq_dec (author r') (author r)) as [E|E].
      * rewrite E, set_clock_same in Hq. destruct (Nat.eq_dec (seq r') (seq r)) as [Eq|Nq].
        -- assert (r' = r) by (apply (unique s G); auto). subst r'.
           intros p. destruct (Nat.eq_dec p (author r)) as [->|Hp].
           ++ rewrite set_clock_same. pose proof (positive s G r Hr). lia.
           ++ rewrite set_clock_other by auto. now apply Hdel.
        -- assert (Hle : seq r' <= c (author r')) by (rewrite E; unfold c in *; lia).
           intros p. pose proof (closed_node s G node r' H Hle p). specialize (Hgrow p). unfold c in *. lia.
      * rewrite set_clock_other in Hq by auto.
        intros p. pose proof (closed_node s G node r' H Hq p). specialize (Hgrow p). unfold c in *. lia.
    + apply (closed_record s G).
    + apply (known_record s G).
  - (* forget *)
    split; simpl; try apply G.
    + intros m p n Hn. unfold exists_at. simpl. node_cases m node; [lia|now apply (known s G m)].
    + intros m r' H Hq. node_cases m node; [|now apply (closed_node s G)]. pose proof (positive s G r' H). lia.
Qed.

Theorem reachable_good : forall h s, reachable h initial s -> good s.
Proof.
  intros h s H. pose proof good_initial as G. unfold reachable in H.
  induction H as [x|x y z Hxy Hyz IH]; auto. apply IH. eapply good_step; eauto.
Qed.

(** Happened-before: the author's earlier records, and what it had applied, and so on. *)
Definition direct (s : system) (a b : record) :=
  In a (records s) /\ In b (records s) /\ seq a <= delivery b (author a).
Definition happened_before (s : system) := clos_trans _ (direct s).

Theorem clock_order_is_happened_before : forall h s a b,
  reachable h initial s -> In a (records s) -> In b (records s) ->
  (happened_before s a b <-> seq a <= delivery b (author a)).
Proof.
  intros h s a b R Ha Hb. apply reachable_good in R as G. split.
  - intros H. clear Ha Hb. induction H as [x y (Hx & Hy & Hd) | x y z H1 IH1 H2 IH2]; auto.
    assert (Hyz : direct s y z \/ seq y <= delivery z (author y)) by (right; apply IH2).
    assert (Hy : In y (records s)).
    { clear - H1. induction H1 as [x y (_ & Hy & _)|]; auto. }
    assert (Hz : In z (records s)).
    { clear - H2. induction H2 as [x y (_ & Hy & _)|]; auto. }
    pose proof (closed_record s G z y Hz Hy IH2 (author x)). lia.
  - intros H. apply t_step. repeat split; auto.
Qed.

Corollary happened_before_is_strict : forall h s a,
  reachable h initial s -> In a (records s) -> ~ happened_before s a a.
Proof.
  intros h s a R Ha H. rewrite (clock_order_is_happened_before h s a a R Ha Ha) in H.
  apply reachable_good in R. pose proof (positive s R a Ha). lia.
Qed.

(** Each dot names one record. *)
Corollary dots_are_unique : forall h s a b,
  reachable h initial s -> In a (records s) -> In b (records s) -> author a = author b -> seq a = seq b -> a = b.
Proof. intros h s a b R. apply reachable_good in R. now apply (unique s R). Qed.

(** ** The delta encoding: a record carries only the entries in which its delivery clock differs from that of its author's record before. *)

Definition delta := list (origin * nat).
Definition encode (domain : list origin) (base c : clock) : delta :=
  map (fun o => (o, c o - base o)) (filter (fun o => negb (Nat.eqb (c o) (base o))) domain).
Fixpoint decode (base : clock) (d : delta) : clock :=
  match d with [] => base | (o, n) :: d' => decode (set_clock base o (base o + n)) d' end.

Lemma decode_other : forall d base p, ~ In p (map fst d) -> decode base d p = base p.
Proof.
  induction d as [|(o, n) d IH]; simpl; intros base p H; auto.
  rewrite IH by tauto. apply set_clock_other. intro; subst; tauto.
Qed.

Theorem delta_rebuilds : forall domain base c,
  NoDup domain -> (forall o, ~ In o domain -> c o = base o) -> le_clock base c ->
  forall o, decode base (encode domain base c) o = c o.
Proof.
  intros domain. induction domain as [|a domain IH]; intros base c Hnd Hout Hle o.
  - simpl. symmetry. apply Hout. auto.
  - inversion Hnd as [|? ? Hni Hnd']; subst. unfold encode. simpl.
    destruct (Nat.eqb_spec (c a) (base a)) as [E|E]; simpl.
    + apply IH; auto. intros p Hp. destruct (Nat.eq_dec p a) as [->|]; auto.
      apply Hout. simpl. intuition congruence.
    + set (base' := set_clock base a (base a + (c a - base a))).
      assert (Hb : base' a = c a) by (unfold base'; rewrite set_clock_same; specialize (Hle a); lia).
      assert (Hm : map (fun o0 => (o0, c o0 - base o0)) (filter (fun o0 => negb (c o0 =? base o0)) domain) =
                   map (fun o0 => (o0, c o0 - base' o0)) (filter (fun o0 => negb (c o0 =? base' o0)) domain)).
      { clear - Hni. induction domain as [|x l IHl]; simpl; auto.
        assert (x <> a) by (intro; subst; apply Hni; now left).
        assert (Hl : ~ In a l) by (intro; apply Hni; now right).
        assert (Hx : base' x = base x) by (unfold base'; now apply set_clock_other).
        rewrite Hx. destruct (negb (c x =? base x)); simpl; [rewrite Hx; f_equal|]; now apply IHl. }
      rewrite Hm. fold (encode domain base' c). apply IH; auto.
      * intros p Hp. destruct (Nat.eq_dec p a) as [->|Hpa]; [now rewrite Hb|].
        unfold base'. rewrite set_clock_other by auto. apply Hout. simpl. intuition.
      * intros p. destruct (Nat.eq_dec p a) as [->|Hpa]; [now rewrite Hb|].
        unfold base'. rewrite set_clock_other by auto. apply Hle.
Qed.

(** ** Dots across restarts: a node may be stopped, lose all or a part of what it had, or start from another node's copy. If every launch
    draws an origin that no other launch draws, no two transactions share a dot, whatever the disk came back with. *)

Record launch := { launch_origin : origin; commits : nat }.
Definition dots_of (l : launch) : list dot := map (fun n => (launch_origin l, S n)) (List.seq 0 (commits l)).

Theorem dots_unique_across_launches : forall launches,
  NoDup (map launch_origin launches) -> NoDup (flat_map dots_of launches).
Proof.
  induction launches as [|l ls IH]; simpl; intros H; [constructor|].
  inversion H as [|? ? Hni Hnd]; subst.
  assert (Hown : NoDup (dots_of l)).
  { unfold dots_of. apply Injective_map_NoDup; [|apply seq_NoDup].
    intros x y E. now inversion E. }
  assert (Hapart : forall d, In d (dots_of l) -> ~ In d (flat_map dots_of ls)).
  { intros d Hd Hd'. apply in_flat_map in Hd'. destruct Hd' as (l' & Hl' & Hd').
    unfold dots_of in *. apply in_map_iff in Hd. apply in_map_iff in Hd'.
    destruct Hd as (x & Ex & _). destruct Hd' as (y & Ey & _). subst d. inversion Ey as [E].
    apply Hni. rewrite <- E. now apply in_map. }
  clear - Hown Hapart IH Hnd. specialize (IH Hnd).
  induction (dots_of l) as [|d ds IHd]; simpl; auto.
  inversion Hown; subst. constructor.
  - rewrite in_app_iff. intros [?|?]; [auto|]. eapply Hapart; [now left|eauto].
  - apply IHd; auto. intros d' Hd'. apply Hapart. now right.
Qed.
