(** Delivery by changed entries alone equals delivery by full clocks. On the wire and in the log a record carries only the entries in
    which its delivery clock differs from that of its author's record before; a node keeps one clock for each author, from which it
    rebuilds the rest, and looks only at the changed entries when it decides whether a record may be applied. RecordClock, AuthorClock. *)

Require Import List Arith Lia Relations.
Import ListNotations.
From Abelia Require Import VectorClock.

(** ** The compact system *)

Record compact := { writer : origin; number : nat; changed : delta }.

(** What was written, and of every node what it has applied, and each author's clock as of its last record applied there (AuthorClock). *)
Record compact_system := { written : list compact; have : nat -> clock; bases : nat -> origin -> clock }.

Definition set_base (f : nat -> origin -> clock) (n : nat) (o : origin) (c : clock) : nat -> origin -> clock :=
  fun m p => if Nat.eqb m n then if Nat.eqb p o then c else f m p else f m p.
Definition set_have (f : nat -> clock) (n : nat) (c : clock) : nat -> clock := fun m => if Nat.eqb m n then c else f m.

(** RecordClock.deliverability: the next of its author, and of the other entries only those that changed are compared. *)
Definition may_apply (k : compact_system) (n : nat) (w : compact) : Prop :=
  number w = S (have k n (writer w)) /\
  forall o, In o (map fst (changed w)) -> decode (bases k n (writer w)) (changed w) o <= have k n o.

Inductive compact_step (h : home) : compact_system -> compact_system -> Prop :=
| compact_commit : forall k o moved,
    let c := have k (h o) in let base := bases k (h o) o in
    (forall x, In x (written k) -> writer x = o -> number x <= c o) ->
    NoDup moved -> (forall p, ~ In p moved -> c p = base p) -> (* RecordClock.beginLocal: [moved] holds all entries that differ *)
    compact_step h k {| written := {| writer := o; number := S (c o); changed := encode moved base c |} :: written k;
                        have := set_have (have k) (h o) (set_clock c o (S (c o)));
                        bases := set_base (bases k) (h o) o (set_clock c o (S (c o))) |}
| compact_deliver : forall k n w,
    In w (written k) -> may_apply k n w ->
    compact_step h k {| written := written k;
                        have := set_have (have k) n (set_clock (have k n) (writer w) (number w));
                        bases := set_base (bases k) n (writer w)
                                   (set_clock (decode (bases k n (writer w)) (changed w)) (writer w) (number w)) |}
| compact_forget : forall k n, (* what it takes again from its log it takes as any other record *)
    compact_step h k {| written := written k; have := set_have (have k) n (fun _ => 0);
                        bases := fun m => if Nat.eqb m n then fun _ _ => 0 else bases k m |}.

Definition compact_initial : compact_system := {| written := []; have := fun _ _ => 0; bases := fun _ _ _ => 0 |}.
Definition compact_reachable (h : home) := clos_refl_trans_n1 _ (compact_step h) compact_initial.
Definition full_reachable (h : home) := clos_refl_trans_n1 _ (step h) initial.

Lemma full_reachable_good : forall h s, full_reachable h s -> good s.
Proof. intros h s H. induction H as [|x y Hxy _ IH]; [apply good_initial|]. eapply good_step; eauto. Qed.

(** ** How the two systems correspond *)

(** The clock of an author's record with its own number in it. *)
Definition with_own (r : record) : clock := set_clock (delivery r) (author r) (seq r).

(** [b] is the clock from which record number [n] of an author counts. *)
Definition base_for (s : system) (o : origin) (n : nat) (b : clock) : Prop :=
  (n = 1 /\ forall p, b p = 0) \/
  exists r, In r (records s) /\ author r = o /\ S (seq r) = n /\ forall p, b p = with_own r p.

Definition carries (s : system) (w : compact) (r : record) : Prop :=
  writer w = author r /\ number w = seq r /\
  exists b moved, base_for s (author r) (seq r) b /\ NoDup moved /\ (forall p, ~ In p moved -> delivery r p = b p) /\
                  le_clock b (delivery r) /\ changed w = encode moved b (delivery r).

Record corresponds (k : compact_system) (s : system) : Prop := {
  same_records : Forall2 (carries s) (written k) (records s);
  same_applied : forall n o, have k n o = applied s n o;
  right_bases : forall n o, base_for s o (S (applied s n o)) (bases k n o)
}.

Lemma base_for_more : forall s s' o n b, incl (records s) (records s') -> base_for s o n b -> base_for s' o n b.
Proof. intros s s' o n b H [H1|(r & Hr & H1)]; [now left|right]. exists r. split; auto. Qed.

Lemma carries_more : forall s s' w r, incl (records s) (records s') -> carries s w r -> carries s' w r.
Proof.
  intros s s' w r H (Hw & Hn & b & moved & Hb & Hrest). split; auto. split; auto. exists b, moved. split; auto.
  now apply base_for_more with s.
Qed.

Lemma base_for_unique : forall s o n b b', good s -> base_for s o n b -> base_for s o n b' -> forall p, b p = b' p.
Proof.
  intros s o n b b' G [(-> & H)|(r & Hr & Ha & Hs & H)] [(E & H')|(q & Hq & Ha' & Hs' & H')] p.
  - now rewrite H, H'.
  - pose proof (positive s G q Hq). lia.
  - pose proof (positive s G r Hr). lia.
  - rewrite H, H'. f_equal. apply (unique s G); auto; congruence || lia.
Qed.

Lemma decode_same : forall d b b', (forall p, b p = b' p) -> forall p, decode b d p = decode b' d p.
Proof.
  induction d as [|(o, n) d IH]; simpl; intros b b' H p; auto. apply IH. intros q. unfold set_clock. rewrite H.
  destruct (Nat.eqb q o); auto.
Qed.

Lemma in_encode : forall moved b c o, In o (map fst (encode moved b c)) <-> In o moved /\ c o <> b o.
Proof.
  intros moved b c o. unfold encode. rewrite map_map. simpl. rewrite map_id, filter_In, Bool.negb_true_iff, Nat.eqb_neq. tauto.
Qed.

(** A node that has applied the record before rebuilds the full clock. *)
Lemma rebuilds : forall s k w r n, good s -> corresponds k s -> carries s w r -> seq r = S (applied s n (author r)) ->
  forall p, decode (bases k n (writer w)) (changed w) p = delivery r p.
Proof.
  intros s k w r n G C (Hw & _ & b & moved & Hb & Hnd & Hout & Hle & Hch) Hn p. rewrite Hw, Hch.
  rewrite (decode_same _ _ b).
  - now apply delta_rebuilds.
  - intros q. pose proof (right_bases k s C n (author r)) as Hb'. rewrite <- Hn in Hb'.
    now apply (base_for_unique s (author r) (seq r)).
Qed.

(** ** The two rules agree: what did not change needs no look, since the record before was applied with it *)
Theorem changed_entries_suffice : forall s k w r n, good s -> corresponds k s -> In r (records s) -> carries s w r ->
  (may_apply k n w <-> deliverable (applied s n) r).
Proof.
  intros s k w r n G C Hr Hcarry. pose proof Hcarry as (Hw & Hnum & b & moved & Hb & Hnd & Hout & Hle & Hch).
  unfold may_apply, deliverable. rewrite Hw, Hnum, (same_applied k s C).
  split; intros (Hseq & H); (split; [exact Hseq|]); intros o Ho.
  - destruct (in_dec Nat.eq_dec o (map fst (changed w))) as [Hin|Hout'].
    + specialize (H o Hin). rewrite <- Hw, (rebuilds s k w r n G C Hcarry Hseq), (same_applied k s C) in H. exact H.
    + assert (E : delivery r o = b o).
      { rewrite Hch, in_encode in Hout'. destruct (in_dec Nat.eq_dec o moved) as [Hm|Hm]; auto.
        destruct (Nat.eq_dec (delivery r o) (b o)); tauto. }
      rewrite E. destruct Hb as [(_ & Hz)|(q & Hq & Ha & Hs & Hb)]; [rewrite Hz; lia|].
      rewrite Hb. unfold with_own. rewrite set_clock_other by congruence.
      apply (closed_node s G n q Hq). rewrite Ha. lia.
  - rewrite <- Hw, (rebuilds s k w r n G C Hcarry Hseq), (same_applied k s C). apply H. intros ->.
    rewrite Hch, in_encode in Ho. destruct Ho as (_ & Hne). apply Hne. pose proof (positive s G r Hr) as Hp.
    destruct Hb as [(E & Hz)|(q & Hq & Ha & Hs & Hb)]; [rewrite Hz; lia|].
    rewrite Hb. unfold with_own. rewrite Ha, set_clock_same. lia.
Qed.

(** ** So the two systems do the same, step by step *)

Lemma corresponds_initially : corresponds compact_initial initial.
Proof. split; simpl; auto. intros n o. left. auto. Qed.

Lemma forall2_more : forall s s' l m, incl (records s) (records s') -> Forall2 (carries s) l m -> Forall2 (carries s') l m.
Proof. intros s s' l m I H. induction H; constructor; auto. now apply carries_more with s. Qed.

Lemma forall2_in_left : forall A B (R : A -> B -> Prop) l m a, Forall2 R l m -> In a l -> exists b, In b m /\ R a b.
Proof.
  intros A B R l m a H. induction H as [|x y l m Hxy H IH]; simpl; [tauto|]. intros [<-|Ha]; [exists y; auto|].
  destruct (IH Ha) as (b & Hb & Hr). exists b. auto.
Qed.

Lemma forall2_in_right : forall A B (R : A -> B -> Prop) l m b, Forall2 R l m -> In b m -> exists a, In a l /\ R a b.
Proof.
  intros A B R l m b H. induction H as [|x y l m Hxy H IH]; simpl; [tauto|]. intros [<-|Hb]; [exists x; auto|].
  destruct (IH Hb) as (a & Ha & Hr). exists a. auto.
Qed.

(** A base lies below what the node has applied. *)
Lemma base_below : forall s k n o, good s -> corresponds k s -> le_clock (bases k n o) (applied s n).
Proof.
  intros s k n o G C p. destruct (right_bases k s C n o) as [(_ & Hz)|(r & Hr & Ha & Hs & Hb)]; [rewrite Hz; lia|].
  rewrite Hb. unfold with_own, set_clock. assert (Hle : seq r <= applied s n (author r)) by (rewrite Ha; lia).
  destruct (Nat.eqb_spec p (author r)) as [->|]; auto. now apply (closed_node s G).
Qed.

Lemma same_set : forall f g n c d m p, (forall m p, f m p = g m p) -> (forall p, c p = d p) ->
  set_have f n c m p = (if Nat.eqb m n then d else g m) p.
Proof. intros f g n c d m p H E. unfold set_have. destruct (Nat.eqb m n); [apply E|apply H]. Qed.

(** What a commit and a delivery make of either system. *)
Definition committed_compact (h : home) (k : compact_system) (o : origin) (moved : list origin) : compact_system :=
  let c := have k (h o) in
  {| written := {| writer := o; number := S (c o); changed := encode moved (bases k (h o) o) c |} :: written k;
     have := set_have (have k) (h o) (set_clock c o (S (c o)));
     bases := set_base (bases k) (h o) o (set_clock c o (S (c o))) |}.
Definition committed_full (h : home) (s : system) (o : origin) : system :=
  let c := applied s (h o) in
  {| records := {| author := o; seq := S (c o); delivery := c |} :: records s;
     applied := set_applied s (h o) (set_clock c o (S (c o))) |}.
Definition delivered_compact (k : compact_system) (n : nat) (w : compact) : compact_system :=
  {| written := written k;
     have := set_have (have k) n (set_clock (have k n) (writer w) (number w));
     bases := set_base (bases k) n (writer w)
                (set_clock (decode (bases k n (writer w)) (changed w)) (writer w) (number w)) |}.
Definition delivered_full (s : system) (n : nat) (r : record) : system :=
  {| records := records s; applied := set_applied s n (set_clock (applied s n) (author r) (seq r)) |}.

Lemma after_commit : forall h k s o moved, good s -> corresponds k s -> NoDup moved ->
  (forall p, ~ In p moved -> have k (h o) p = bases k (h o) o p) ->
  corresponds (committed_compact h k o moved) (committed_full h s o).
Proof.
  intros h k s o moved G C Hnd Hout. unfold committed_compact, committed_full.
  set (c := applied s (h o)). set (r := {| author := o; seq := S (c o); delivery := c |}).
  assert (Hc : forall p, have k (h o) p = c p) by (intros p; apply (same_applied k s C)).
  assert (I : incl (records s) (r :: records s)) by (intros x Hx; now right).
  set (s' := {| records := r :: records s; applied := set_applied s (h o) (set_clock c o (S (c o))) |}).
  assert (Henc : encode moved (bases k (h o) o) (have k (h o)) = encode moved (bases k (h o) o) c).
  { unfold encode. rewrite (filter_ext _ (fun p => negb (Nat.eqb (c p) (bases k (h o) o p)))) by (intros p; now rewrite Hc).
    apply map_ext. intros p. now rewrite Hc. }
  split; simpl.
  - constructor; [|now apply forall2_more with s; [|apply (same_records k s C)]]. split; simpl; auto. split; [now rewrite Hc|].
    exists (bases k (h o) o), moved. split; [|split; [exact Hnd|split; [|split; [|exact Henc]]]].
    + apply base_for_more with s; auto. apply (right_bases k s C).
    + intros p Hp. rewrite <- Hc. now apply Hout.
    + now apply base_below with (s := s).
  - intros n p. unfold set_applied. apply same_set; [apply (same_applied k s C)|].
    intros q. unfold set_clock. rewrite !Hc. reflexivity.
  - intros n p. unfold set_base, set_applied.
    assert (Old : base_for s' p (S (applied s n p)) (bases k n p)) by (apply base_for_more with s; auto; apply (right_bases k s C)).
    destruct (Nat.eqb_spec n (h o)) as [->|Hn]; auto. destruct (Nat.eqb_spec p o) as [->|Hp].
    + right. exists r. split; [now left|]. split; auto. rewrite set_clock_same. split; auto.
      intros q. unfold with_own. simpl. unfold set_clock. now rewrite !Hc.
    + now rewrite set_clock_other.
Qed.

Lemma after_deliver : forall k s n w r, good s -> corresponds k s -> In r (records s) -> carries s w r ->
  deliverable (applied s n) r -> corresponds (delivered_compact k n w) (delivered_full s n r).
Proof.
  intros k s n w r G C Hr Hcarry (Hseq & _). pose proof Hcarry as (Hw & Hnum & _).
  unfold delivered_compact, delivered_full. split; simpl.
  - apply forall2_more with s; [intros x; auto|apply (same_records k s C)].
  - intros m p. unfold set_applied. apply same_set; [apply (same_applied k s C)|].
    intros q. rewrite Hw, Hnum. unfold set_clock. now rewrite (same_applied k s C).
  - intros m p. unfold set_base, set_applied. rewrite Hw. fold (delivered_full s n r).
    assert (Old : base_for (delivered_full s n r) p (S (applied s m p)) (bases k m p)).
    { apply base_for_more with s; [intros x; auto|apply (right_bases k s C)]. }
    destruct (Nat.eqb_spec m n) as [->|Hm]; auto. destruct (Nat.eqb_spec p (author r)) as [->|Hp].
    + right. exists r. split; auto. split; auto. rewrite set_clock_same. split; auto.
      intros q. unfold with_own. rewrite Hnum. unfold set_clock. destruct (Nat.eqb q (author r)); auto.
      rewrite <- Hw. now apply (rebuilds s k w r n).
    + now rewrite set_clock_other.
Qed.

Lemma after_forget : forall k s n, corresponds k s ->
  corresponds {| written := written k; have := set_have (have k) n (fun _ => 0);
                 bases := fun m => if Nat.eqb m n then fun _ _ => 0 else bases k m |}
              {| records := records s; applied := set_applied s n (fun _ => 0) |}.
Proof.
  intros k s n C. split; simpl.
  - apply forall2_more with s; [intros x; auto|apply (same_records k s C)].
  - intros m p. unfold set_applied. apply same_set; [apply (same_applied k s C)|auto].
  - intros m p. unfold set_applied. destruct (Nat.eqb m n); [left; auto|].
    apply base_for_more with s; [intros x; auto|apply (right_bases k s C)].
Qed.

(** Whatever the compact system does, the system with full clocks does, ... *)
Theorem changed_entries_do_as_full_clocks : forall h k, compact_reachable h k ->
  exists s, full_reachable h s /\ corresponds k s.
Proof.
  intros h k H. induction H as [|k k' Hk _ (s & R & C)].
  - exists initial. split; [constructor|apply corresponds_initially].
  - pose proof (full_reachable_good h s R) as G. destruct Hk as [k o moved c base Hown Hnd Hout|k n w Hw Hmay|k n].
    + exists (committed_full h s o). split; [|now apply after_commit].
      apply Relation_Operators.rtn1_trans with (y := s); auto. apply commit. intros x Hx Ha.
      destruct (forall2_in_right _ _ _ _ _ x (same_records k s C) Hx) as (w & Hw & Hww & Hn & _).
      rewrite <- Hn, <- (same_applied k s C). apply Hown; auto. congruence.
    + destruct (forall2_in_left _ _ _ _ _ w (same_records k s C) Hw) as (r & Hr & Hcarry).
      apply (changed_entries_suffice s k w r n G C Hr Hcarry) in Hmay.
      exists (delivered_full s n r). split; [|now apply after_deliver].
      apply Relation_Operators.rtn1_trans with (y := s); auto. now apply deliver.
    + exists {| records := records s; applied := set_applied s n (fun _ => 0) |}. split; [|now apply after_forget].
      apply Relation_Operators.rtn1_trans with (y := s); auto. apply forget.
Qed.

(** ... and the other way round: no delivery is lost by it. *)
Theorem full_clocks_do_as_changed_entries : forall h s, full_reachable h s ->
  exists k, compact_reachable h k /\ corresponds k s.
Proof.
  intros h s H. induction H as [|s s' Hs R (k & Rk & C)].
  - exists compact_initial. split; [constructor|apply corresponds_initially].
  - pose proof (full_reachable_good h s R) as G. destruct Hs as [s o c r Hown|s n r Hr Hd|s n].
    + set (moved := nodup Nat.eq_dec (map author (records s))).
      assert (Hout : forall p, ~ In p moved -> have k (h o) p = bases k (h o) o p).
      { intros p Hp. pose proof (base_below s k (h o) o G C p) as Hle. rewrite (same_applied k s C).
        destruct (Nat.eq_dec (applied s (h o) p) 0) as [Z|N]; [lia|]. exfalso. apply Hp. unfold moved. rewrite nodup_In.
        destruct (known s G (h o) p (applied s (h o) p)) as (x & Hx & Ha & _); [lia|]. rewrite <- Ha. now apply in_map. }
      exists (committed_compact h k o moved). split.
      * apply Relation_Operators.rtn1_trans with (y := k); auto. apply (compact_commit h k o moved); auto; [|apply NoDup_nodup].
        intros w Hw Ha. destruct (forall2_in_left _ _ _ _ _ w (same_records k s C) Hw) as (x & Hx & Hww & Hn & _).
        rewrite Hn, (same_applied k s C). apply Hown; auto. congruence.
      * apply after_commit; auto. apply NoDup_nodup.
    + destruct (forall2_in_right _ _ _ _ _ r (same_records k s C) Hr) as (w & Hw & Hcarry).
      exists (delivered_compact k n w). split; [|now apply after_deliver].
      apply Relation_Operators.rtn1_trans with (y := k); auto. apply compact_deliver; auto.
      now apply (changed_entries_suffice s k w r n G C Hr Hcarry).
    + exists {| written := written k; have := set_have (have k) n (fun _ => 0);
                bases := fun m => if Nat.eqb m n then fun _ _ => 0 else bases k m |}.
      split; [|now apply after_forget]. apply Relation_Operators.rtn1_trans with (y := k); auto. apply compact_forget.
Qed.
