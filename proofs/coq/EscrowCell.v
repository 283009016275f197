(** What a BOUNDED_COUNTER cell holds (AllTypes.v) is what the theorems about escrow speak of (Escrow.v), in 64 bits; and so exactly that,
    where they say that it fits. *)

Require Import ZArith List Lia.
Import ListNotations.
From Abelia Require Import VectorClock AllTypes.
From Abelia Require Numbers Escrow.
Open Scope Z_scope.

Definition rights_transaction := (context * rights_change)%type.

(** The operation of a record, as acts. *)
Definition acts_of (t : rights_transaction) : list (Escrow.act nat) :=
  Escrow.change nat (fst (own (fst t))) (own_change (snd t)) ::
  map (fun m => let '(from, to, n) := m in Escrow.move nat from to n) (moves (snd t)).

Definition held (s : option holders) : holders := match s with Some v => v | None => [] end. (* never written: nobody holds anything *)

Lemma sum_for_app : forall h l m, sum_for h (l ++ m) = sum_for h l + sum_for h m.
Proof. intros h l m. unfold sum_for. induction l as [|p l IH]; simpl; [reflexivity|]. rewrite IH. lia. Qed.

Lemma gain_of_moves : forall h l,
  sum_for h (flat_map (fun m : nat * nat * Z => let '(from, to, n) := m in [(from, - n); (to, n)]) l) =
  Escrow.sum (Escrow.gain_act nat Nat.eq_dec h) (map (fun m => let '(from, to, n) := m in Escrow.move nat from to n) l).
Proof.
  intros h. induction l as [|((from, to), n) l IH]; [reflexivity|]. cbn [flat_map map Escrow.sum fold_right]. rewrite sum_for_app, IH.
  unfold sum_for, Escrow.sum. simpl. unfold Escrow.delta.
  destruct (Nat.eqb_spec h from), (Nat.eqb_spec h to), (Nat.eq_dec h from), (Nat.eq_dec h to); try congruence; lia.
Qed.

Lemma gain_of_changes : forall h t,
  sum_for h (changes (fst t) (snd t)) = Escrow.sum (Escrow.gain_act nat Nat.eq_dec h) (acts_of t).
Proof.
  intros h (c, o). unfold acts_of, changes. cbn [fst snd].
  change (Escrow.sum ?f (?a :: ?l)) with (f a + Escrow.sum f l). rewrite <- gain_of_moves.
  change (sum_for h ((fst (own c), own_change o) :: ?l)) with ((if Nat.eqb h (fst (own c)) then own_change o else 0) + sum_for h l).
  f_equal. simpl. unfold Escrow.delta. destruct (Nat.eqb_spec h (fst (own c))), (Nat.eq_dec h (fst (own c))); congruence.
Qed.

Section Cell.
  Variable Tx : Type. (* names of transactions, such as their dots *)
  Variable what : Tx -> rights_transaction.

  (** The cell of a node that has applied these transactions in this order. *)
  Definition cell_after (l : list Tx) : option holders :=
    fold_left (fun s t => effect bounded_counter (fst (what t)) (snd (what t)) s) l (initial bounded_counter).
  Definition escrow_rights (l : list Tx) (h : nat) : Z := Escrow.rights Tx nat Nat.eq_dec (fun t => acts_of (what t)) l h.

  Theorem cell_holds_the_rights : forall l h, rights_of h (held (cell_after l)) = Numbers.wrap64 (escrow_rights l h).
  Proof.
    intros l h. set (all := flat_map (fun t => changes (fst (what t)) (snd (what t))) l).
    assert (H : held (cell_after l) = each holders (fun p => add_rights (fst p) (snd p)) all []).
    { unfold cell_after, all. change (@nil (nat * Z)) with (held (initial bounded_counter)). generalize (initial bounded_counter).
      induction l as [|t l IH]; intros s; [reflexivity|]. cbn [fold_left flat_map]. rewrite IH. unfold each. rewrite fold_left_app.
      f_equal. destruct s; reflexivity. }
    rewrite H, kept_rights_are_the_wrapped_sum. f_equal. unfold all, escrow_rights, Escrow.rights. clear H all.
    induction l as [|t l IH]; [reflexivity|]. cbn [flat_map]. rewrite sum_for_app, gain_of_changes, IH. reflexivity.
  Qed.

  (** So a cell holds exactly the rights that Escrow.v counts, where it says that these fit. *)
  Corollary cell_is_exact_where_it_fits : forall l h, Numbers.wrap64 (escrow_rights l h) = escrow_rights l h ->
    rights_of h (held (cell_after l)) = escrow_rights l h.
  Proof. intros l h E. now rewrite cell_holds_the_rights. Qed.
End Cell.
