(** Recovery: replay of the log over a snapshot whose slices were cut at different positions equals the run that was never interrupted.
    SnapshotWriter, SnapshotLoader, EffectContext.holdBack. And: folding a transaction's operations keeps its meaning. *)

Require Import List Arith Lia ZArith Bool.
Import ListNotations.

Section Snapshot.
  Variable Key Value Record : Type.
  Variable initial : Key -> Value.
  (** What a record does to one cell; cells do not depend on each other. *)
  Variable effect : Record -> Key -> Value -> Value.
  Variable slice : Key -> nat.

  Fixpoint run (l : list Record) (k : Key) (v : Value) : Value :=
    match l with [] => v | r :: l' => run l' k (effect r k v) end.

  Definition state (l : list Record) : Key -> Value := fun k => run l k (initial k).

  Lemma run_app : forall a b k v, run (a ++ b) k v = run b k (run a k v).
  Proof. induction a; simpl; auto. Qed.

  (** A slice is the state of its keys at the position of its cut. *)
  Definition snapshot (log : list Record) (cut : nat -> nat) : Key -> Value := fun k => state (firstn (cut (slice k)) log) k.

  (** Replay from a position: a record's effect on a key is held back where it lies before the cut of the key's slice. *)
  Fixpoint replay (position : nat) (l : list Record) (cut : nat -> nat) (k : Key) (v : Value) : Value :=
    match l with
    | [] => v
    | r :: l' => replay (S position) l' cut k (if position <? cut (slice k) then v else effect r k v)
    end.

  Lemma replay_run : forall l position cut k v,
    replay position l cut k v = run (skipn (cut (slice k) - position) l) k v.
  Proof.
    induction l as [|r l IH]; intros position cut k v; simpl.
    - now rewrite skipn_nil.
    - rewrite IH. destruct (Nat.ltb_spec position (cut (slice k))) as [H|H].
      + replace (cut (slice k) - position) with (S (cut (slice k) - S position)) by lia. reflexivity.
      + replace (cut (slice k) - position) with 0 by lia. replace (cut (slice k) - S position) with 0 by lia. reflexivity.
  Qed.

  Lemma skipn_twice : forall m n (l : list Record), skipn n (skipn m l) = skipn (n + m) l.
  Proof.
    induction m as [|m IH]; intros n l; [now rewrite Nat.add_0_r|].
    rewrite Nat.add_succ_r. destruct l; simpl; [apply skipn_nil|apply IH].
  Qed.

  (** The log is replayed from any position that no cut lies before; what is behind the cuts may have been removed from the log. *)
  Theorem recovery_equals_the_run : forall log cut first k,
    (forall s, first <= cut s <= length log) ->
    replay first (skipn first log) cut k (snapshot log cut k) = state log k.
  Proof.
    intros log cut first k H. rewrite replay_run. unfold snapshot, state.
    rewrite <- run_app. f_equal. specialize (H (slice k)).
    rewrite skipn_twice. replace (cut (slice k) - first + first) with (cut (slice k)) by lia. apply firstn_skipn.
  Qed.

  (** Where a unit was removed before its cut, older records do not bring it back: they are held back. *)
  Corollary nothing_is_brought_back : forall log cut k,
    (forall s, cut s <= length log) -> state (firstn (cut (slice k)) log) k = initial k ->
    replay 0 (firstn (cut (slice k)) log) cut k (snapshot log cut k) = initial k.
  Proof.
    intros log cut k H E. rewrite replay_run. unfold snapshot. rewrite E.
    rewrite skipn_all2; [reflexivity|]. rewrite firstn_length. lia.
  Qed.
End Snapshot.

(** ** Folding: all operations of a transaction share one dot, so of several on one unit one is left. *)
Section Folding.
  Variable Op : Type.
  Variable covers : Op -> Op -> bool.

  (** Numbers: the sum of increments is one increment. *)
  Theorem increments_fold : forall l s, fold_left Z.add l s = (s + fold_right Z.add 0%Z l)%Z.
  Proof. induction l as [|a l IH]; intros s; simpl; [lia|]. rewrite IH. lia. Qed.

  (** Elements and registers: each later operation of the transaction replaces the earlier ones of its own dot, and observes what they did;
      so the last alone has the effect of all. *)
  Definition keep (o : Op) (s : list Op) := filter (fun a => negb (covers o a)) s.
  Definition program_step (own : Op -> bool) (o : Op) (s : list Op) := o :: filter (fun a => negb (own a)) (keep o s).

  Theorem last_operation_stands_for_all : forall own first last s,
    (forall a, In a s -> own a = false) ->
    own first = true ->
    (forall a, covers first a = covers last a) ->
    program_step own last (program_step own first s) = program_step own last s.
  Proof.
    intros own first last s Hs Hf Hsame. unfold program_step, keep. f_equal. simpl.
    assert (Hdrop : forall l, filter (fun a => negb (own a)) (filter (fun a => negb (covers last a)) (first :: l)) =
                              filter (fun a => negb (own a)) (filter (fun a => negb (covers last a)) l)).
    { intros l. simpl. destruct (negb (covers last first)); simpl; auto. now rewrite Hf. }
    simpl in Hdrop. rewrite Hdrop. clear Hdrop.
    induction s as [|a s IH]; simpl; auto.
    assert (Ha : own a = false) by (apply Hs; now left).
    assert (Hs' : forall x, In x s -> own x = false) by (intros; apply Hs; now right).
    rewrite Hsame. destruct (covers last a) eqn:E; simpl; [now apply IH|].
    rewrite Ha. simpl. rewrite E. simpl. rewrite Ha. simpl. f_equal. now apply IH.
  Qed.
End Folding.
