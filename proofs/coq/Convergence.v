(** Strong convergence: if concurrent transactions commute, any two causal, duplicate-free orders of one set of transactions
    reach equal states. Shapiro, Preguica, Baquero, Zawirski (2011), for transactions over many cells. *)

Require Import List Permutation Setoid Morphisms.
Import ListNotations.

Section Convergence.
  Variable Tx State : Type.
  Variable eqv : State -> State -> Prop.
  Context {eqv_equivalence : Equivalence eqv}.
  Variable apply : Tx -> State -> State.
  Hypothesis apply_proper : forall t s s', eqv s s' -> eqv (apply t s) (apply t s').

  (** Causal order between transactions: any strict relation will do. *)
  Variable before : Tx -> Tx -> Prop.
  Definition concurrent (a b : Tx) := ~ before a b /\ ~ before b a.
  Hypothesis concurrent_commute :
    forall a b s, concurrent a b -> eqv (apply a (apply b s)) (apply b (apply a s)).

  Fixpoint run (l : list Tx) (s : State) : State :=
    match l with [] => s | t :: l' => run l' (apply t s) end.

  (** No transaction comes before one of its causes. *)
  Inductive causal : list Tx -> Prop :=
  | causal_nil : causal []
  | causal_cons : forall t l, (forall u, In u l -> ~ before u t) -> causal l -> causal (t :: l).

  Lemma run_proper : forall l s s', eqv s s' -> eqv (run l s) (run l s').
  Proof.
    induction l as [|t l IH]; simpl; intros s s' H; [exact H|].
    apply IH, apply_proper, H.
  Qed.

  Lemma causal_app_inv : forall l1 t l2,
    causal (l1 ++ t :: l2) ->
    causal (l1 ++ l2) /\ (forall u, In u l1 -> ~ before t u) /\ (forall u, In u l2 -> ~ before u t).
  Proof.
    induction l1 as [|a l1 IH]; simpl; intros t l2 H; inversion H as [|? ? Hfirst Hrest]; subst.
    - split; [assumption|]. split; [intros u []|assumption].
    - destruct (IH _ _ Hrest) as (Hc & Hl & Hr).
      assert (Hother : forall u, In u (l1 ++ l2) -> In u (l1 ++ t :: l2)).
      { intros u Hu. apply in_app_iff in Hu. apply in_app_iff. simpl. tauto. }
      split; [|split].
      + constructor; [|exact Hc]. intros u Hu. apply Hfirst, Hother, Hu.
      + intros u [Hu|Hu]; [subst|now apply Hl].
        apply Hfirst. apply in_app_iff. simpl. tauto.
      + exact Hr.
  Qed.

  (** A transaction that is concurrent with all before it may as well come first. *)
  Lemma run_pull : forall l1 t l2 s,
    (forall u, In u l1 -> concurrent t u) ->
    eqv (run (l1 ++ t :: l2) s) (run (t :: l1 ++ l2) s).
  Proof.
    induction l1 as [|a l1 IH]; simpl; intros t l2 s H; [reflexivity|].
    etransitivity.
    - apply IH. intros u Hu. apply H. now right.
    - simpl. apply run_proper. apply concurrent_commute. apply H. now left.
  Qed.

  Theorem convergence : forall l1 l2 s,
    causal l1 -> causal l2 -> NoDup l1 -> Permutation l1 l2 -> eqv (run l1 s) (run l2 s).
  Proof.
    induction l1 as [|t l1 IH]; intros l2 s H1 H2 Hnd Hp.
    - apply Permutation_nil in Hp. subst. reflexivity.
    - assert (Hin : In t l2) by (eapply Permutation_in; [exact Hp | now left]).
      apply in_split in Hin. destruct Hin as (a & b & ->).
      apply Permutation_cons_app_inv in Hp.
      inversion H1 as [|? ? Hfirst Hrest]; subst.
      inversion Hnd as [|? ? Hnotin Hnd']; subst.
      destruct (causal_app_inv _ _ _ H2) as (Hc2 & Hl & _).
      etransitivity.
      2:{ symmetry. apply run_pull. intros u Hu. split.
          - apply Hl, Hu.
          - apply Hfirst. eapply Permutation_in; [symmetry; exact Hp|]. apply in_app_iff. now left. }
      simpl. apply IH; auto.
  Qed.
End Convergence.

(** Transactions over many cells: a list of effects, each on one cell. They commute if on every cell the effects do; then cells can
    be looked at one by one. *)
Section Cells.
  Variable Cell Value Effect : Type.
  Variable cell_eq : forall a b : Cell, {a = b} + {a <> b}.
  Variable effect : Effect -> Value -> Value.

  Definition store := Cell -> Value.
  Definition same (s s' : store) := forall c, s c = s' c.

  Global Instance same_equivalence : Equivalence same.
  Proof.
    split; red; unfold same; intros; auto. now rewrite H, H0.
  Qed.

  Record transaction := { writes : list (Cell * Effect) }.

  Fixpoint effects_on (c : Cell) (l : list (Cell * Effect)) : list Effect :=
    match l with
    | [] => []
    | (d, e) :: l' => if cell_eq c d then e :: effects_on c l' else effects_on c l'
    end.

  Fixpoint fold_effects (l : list Effect) (v : Value) : Value :=
    match l with [] => v | e :: l' => fold_effects l' (effect e v) end.

  Definition apply_transaction (t : transaction) (s : store) : store :=
    fun c => fold_effects (effects_on c (writes t)) (s c).

  Lemma apply_transaction_proper : forall t s s', same s s' -> same (apply_transaction t s) (apply_transaction t s').
  Proof. unfold same, apply_transaction. intros t s s' H c. now rewrite H. Qed.

  Definition commute_on (c : Cell) (a b : transaction) :=
    forall v, fold_effects (effects_on c (writes a)) (fold_effects (effects_on c (writes b)) v) =
              fold_effects (effects_on c (writes b)) (fold_effects (effects_on c (writes a)) v).

  Lemma transactions_commute : forall a b s,
    (forall c, commute_on c a b) ->
    same (apply_transaction a (apply_transaction b s)) (apply_transaction b (apply_transaction a s)).
  Proof. intros a b s H c. unfold apply_transaction. apply H. Qed.

  Theorem multi_key_convergence : forall (before : transaction -> transaction -> Prop),
    (forall a b, concurrent transaction before a b -> forall c, commute_on c a b) ->
    forall l1 l2 s,
      causal transaction before l1 -> causal transaction before l2 -> NoDup l1 -> Permutation l1 l2 ->
      same (run _ _ apply_transaction l1 s) (run _ _ apply_transaction l2 s).
  Proof.
    intros before H l1 l2 s C1 C2 N P.
    apply (convergence transaction store same) with (before := before); auto.
    - apply apply_transaction_proper.
    - intros a b s' Hc. apply transactions_commute. now apply H.
  Qed.
End Cells.
