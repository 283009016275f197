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

(** Where effects commute only in states that causal delivery can reach (a first-writer register with clears is such a type), it is
    enough that two concurrent transactions commute behind what may come before them. *)
Section Reached.
  Variable Tx State : Type.
  Variable eqv : State -> State -> Prop.
  Context {eqv_equivalence : Equivalence eqv}.
  Variable apply : Tx -> State -> State.
  Variable before : Tx -> Tx -> Prop.
  Hypothesis apply_proper : forall t s s', eqv s s' -> eqv (apply t s) (apply t s').

  Notation run := (run Tx State apply).
  Notation causal := (causal Tx before).
  Notation concurrent := (concurrent Tx before).

  Lemma run_app : forall l m s, run (l ++ m) s = run m (run l s).
  Proof. induction l as [|t l IH]; simpl; intros; [reflexivity|apply IH]. Qed.

  Lemma causal_app : forall l m,
    causal (l ++ m) <-> causal l /\ causal m /\ forall t u, In t l -> In u m -> ~ before u t.
  Proof.
    induction l as [|a l IH]; simpl; intros m.
    - split; [|tauto]. intros H. split; [constructor|]. split; [exact H|]. intros t u [].
    - split.
      + intros H. inversion H as [|? ? Hfirst Hrest]; subst. apply IH in Hrest. destruct Hrest as (Hl & Hm & Hlm).
        split; [|split]; auto.
        * constructor; auto. intros u Hu. apply Hfirst. apply in_app_iff. now left.
        * intros t u [<-|Ht] Hu; [|now apply Hlm]. apply Hfirst. apply in_app_iff. now right.
      + intros (Hl & Hm & Hlm). inversion Hl as [|? ? Hfirst Hrest]; subst. constructor.
        * intros u Hu. apply in_app_iff in Hu. destruct Hu as [Hu|Hu]; [now apply Hfirst|]. apply Hlm; auto.
        * apply IH. repeat split; auto.
  Qed.

  (** The transactions in question, and where all begins. *)
  Variable all : list Tx.
  Variable start : State.

  Definition commute_behind (p : list Tx) (a b : Tx) :=
    eqv (apply a (apply b (run p start))) (apply b (apply a (run p start))).

  Hypothesis commute_where_reached : forall p a b,
    incl (p ++ [a; b]) all -> causal (p ++ [a; b]) -> NoDup (p ++ [a; b]) -> concurrent a b -> commute_behind p a b.

  (** Two neighbours that are concurrent may change places. *)
  Lemma swap_neighbours : forall p a b l,
    incl (p ++ a :: b :: l) all -> causal (p ++ a :: b :: l) -> NoDup (p ++ a :: b :: l) -> concurrent a b ->
    eqv (run (p ++ a :: b :: l) start) (run (p ++ b :: a :: l) start) /\ causal (p ++ b :: a :: l).
  Proof.
    intros p a b l Hi Hc Hn Hab.
    assert (Hsplit : p ++ a :: b :: l = (p ++ [a; b]) ++ l) by (rewrite <- app_assoc; reflexivity).
    split.
    - rewrite !run_app. simpl. apply run_proper; [exact apply_proper|].
      symmetry. apply commute_where_reached; auto.
      + intros x Hx. apply Hi. rewrite Hsplit. apply in_app_iff. now left.
      + rewrite Hsplit in Hc. apply causal_app in Hc. tauto.
      + rewrite Hsplit in Hn. clear - Hn. induction (p ++ [a; b]) as [|x q IH]; [constructor|].
        simpl in Hn. inversion Hn; subst. constructor; auto. intros Hx. apply H1. apply in_app_iff. now left.
    - apply causal_app in Hc. destruct Hc as (Hp & Hr & Hpr). apply causal_app. split; [exact Hp|].
      inversion Hr as [|? ? Ha Hr']; subst. inversion Hr' as [|? ? Hb Hl]; subst. split.
      + constructor; [|constructor; auto].
        * intros u [<-|Hu]; [apply Hab|now apply Hb].
        * intros u Hu. apply Ha. now right.
      + intros t u Ht Hu. apply Hpr; auto. simpl in *. tauto.
  Qed.

  Lemma nodup_swap : forall (p : list Tx) a b l, NoDup (p ++ a :: b :: l) -> NoDup (p ++ b :: a :: l).
  Proof. intros p a b l H. eapply Permutation_NoDup; [|exact H]. apply Permutation_app_head. constructor. Qed.

  (** One that is concurrent with those before it, back to [p], may as well come right behind [p]. *)
  Lemma pull_where_reached : forall m p t l,
    incl (p ++ m ++ t :: l) all -> causal (p ++ m ++ t :: l) -> NoDup (p ++ m ++ t :: l) ->
    (forall u, In u m -> concurrent u t) ->
    eqv (run (p ++ m ++ t :: l) start) (run (p ++ t :: m ++ l) start) /\ causal (p ++ t :: m ++ l).
  Proof.
    induction m as [|x m IH] using rev_ind; intros p t l Hi Hc Hn Hcon.
    - split; [reflexivity|exact Hc].
    - assert (E : p ++ (m ++ [x]) ++ t :: l = (p ++ m) ++ x :: t :: l) by (rewrite <- !app_assoc; reflexivity).
      rewrite E in *.
      destruct (swap_neighbours (p ++ m) x t l Hi Hc Hn) as (Heq & Hc').
      { apply Hcon. apply in_app_iff. right. now left. }
      assert (E' : (p ++ m) ++ t :: x :: l = p ++ m ++ t :: x :: l) by now rewrite <- app_assoc. rewrite E' in *.
      destruct (IH p t (x :: l)) as (Heq2 & Hc2).
      + intros y Hy. apply Hi. rewrite <- app_assoc. rewrite !in_app_iff in *. simpl in *. tauto.
      + exact Hc'.
      + rewrite <- E'. now apply nodup_swap.
      + intros u Hu. apply Hcon. apply in_app_iff. now left.
      + assert (E2 : m ++ x :: l = (m ++ [x]) ++ l) by now rewrite <- app_assoc. rewrite E2 in *.
        split; [|exact Hc2]. etransitivity; [exact Heq|exact Heq2].
  Qed.

  Lemma convergence_behind : forall l1 l2 p,
    incl (p ++ l1) all -> causal (p ++ l1) -> causal (p ++ l2) -> NoDup (p ++ l1) -> Permutation l1 l2 ->
    eqv (run (p ++ l1) start) (run (p ++ l2) start).
  Proof.
    induction l1 as [|t l1 IH]; intros l2 p Hi H1 H2 Hn Hp.
    - apply Permutation_nil in Hp. subst. reflexivity.
    - assert (Hin : In t l2) by (eapply Permutation_in; [exact Hp|now left]).
      apply in_split in Hin. destruct Hin as (a & b & ->).
      pose proof (Permutation_cons_app_inv _ _ Hp) as Hp'.
      assert (Hperm : Permutation (p ++ t :: l1) (p ++ a ++ t :: b)) by now apply Permutation_app_head.
      assert (Hcon : forall u, In u a -> concurrent u t).
      { intros u Hu. split.
        - apply causal_app in H1. destruct H1 as (_ & H1 & _). inversion H1 as [|? ? Hfirst _]; subst. apply Hfirst.
          eapply Permutation_in; [symmetry; exact Hp'|]. apply in_app_iff. now left.
        - apply causal_app in H2. destruct H2 as (_ & H2 & _). apply causal_app in H2. destruct H2 as (_ & _ & H2).
          apply H2; simpl; auto. }
      destruct (pull_where_reached a p t b) as (Heq & Hc); auto.
      { intros x Hx. apply Hi. eapply Permutation_in; [symmetry; exact Hperm|exact Hx]. }
      { eapply Permutation_NoDup; [exact Hperm|exact Hn]. }
      symmetry. etransitivity; [exact Heq|]. symmetry.
      assert (E : forall m, p ++ t :: m = (p ++ [t]) ++ m) by (intros; now rewrite <- app_assoc).
      rewrite (E l1), (E (a ++ b)) in *. now apply IH.
  Qed.

  Theorem convergence_where_reached : forall l,
    causal all -> causal l -> NoDup all -> Permutation all l -> eqv (run all start) (run l start).
  Proof.
    intros l H1 H2 Hn Hp. apply (convergence_behind all l []); auto. apply incl_refl.
  Qed.
End Reached.

(** Transactions over many cells. Every cell has a type of its own: its kind of values, and which of them are alike (for a set, lists of
    the same elements in any order). If on every cell the effects of concurrent transactions commute up to that, whole stores converge up
    to that. A transaction may do nothing to a cell; then its effect there is to change nothing. *)
Section Cells.
  Variable Cell Tx : Type.
  Variable Value : Cell -> Type.
  Variable alike : forall c, Value c -> Value c -> Prop.
  Context {alike_equivalence : forall c, Equivalence (alike c)}.
  Variable effect : Tx -> forall c, Value c -> Value c.
  Hypothesis effect_proper : forall t c v w, alike c v w -> alike c (effect t c v) (effect t c w).

  Definition store := forall c, Value c.
  Definition same (s s' : store) := forall c, alike c (s c) (s' c).

  Global Instance same_equivalence : Equivalence same.
  Proof.
    split; red; unfold same; intros.
    - reflexivity.
    - now symmetry.
    - etransitivity; eauto.
  Qed.

  Definition apply_transaction (t : Tx) (s : store) : store := fun c => effect t c (s c).

  Lemma apply_transaction_proper : forall t s s', same s s' -> same (apply_transaction t s) (apply_transaction t s').
  Proof. unfold same, apply_transaction. intros. now apply effect_proper. Qed.

  Variable before : Tx -> Tx -> Prop.

  Theorem multi_key_convergence : forall l1 l2 s,
    (forall p a b, incl (p ++ [a; b]) l1 -> causal Tx before (p ++ [a; b]) -> NoDup (p ++ [a; b]) ->
       concurrent Tx before a b ->
       forall c, let v := run Tx store apply_transaction p s c in
                 alike c (effect a c (effect b c v)) (effect b c (effect a c v))) ->
    causal Tx before l1 -> causal Tx before l2 -> NoDup l1 -> Permutation l1 l2 ->
    same (run Tx store apply_transaction l1 s) (run Tx store apply_transaction l2 s).
  Proof.
    intros l1 l2 s H C1 C2 N P.
    apply (convergence_where_reached Tx store same apply_transaction before apply_transaction_proper); auto.
  Qed.
End Cells.
