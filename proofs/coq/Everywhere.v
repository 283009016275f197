(** All of it together: in the model in which transactions take time (Observed.v), over a network that loses, doubles and overtakes,
    with nodes that stop, lose the end of their logs or all of their disks, and begin anew under other origins, with cells of all
    types (AllTypes.v), any two nodes that have applied the same read the same. Nothing is assumed of coverage or of causal order: both
    follow from how nodes work. When transactions begin and end, and what they do, is arbitrary. (Nothing is dropped as causally
    stable here; Collect.v is about that.) *)

Require Import List Arith Lia Bool Permutation.
Import ListNotations.
From Abelia Require Import Convergence VectorClock Observed AllTypes.

Section Everywhere.
  Variable Cell : Type.
  Variable kind : Cell -> cell_type.
  (** What the transaction of a dot does, and its hybrid time: whatever a program makes of what it has read. *)
  Variable content : dot -> BinNums.Z * (forall c, option (operation (type_of (kind c)))).
  Variable h : home.

  Notation transaction := (transaction Cell kind).

  Definition as_transaction (x : committed) : transaction :=
    {| who := {| own := dot_at x; time := fst (content (dot_at x)); observed := snd x |}; writes := snd (content (dot_at x)) |}.

  (** What a node's cells hold: the effects of what it has applied, in the order in which it has. *)
  Definition cells_at (t : timed) (n : nat) : cells Cell kind :=
    run_cells Cell kind (map as_transaction (log_of t n)) (empty_cells Cell kind).

  (** Happened-before, between transactions that were committed. *)
  Definition before (t : timed) (a b : transaction) : Prop :=
    exists x y, In x (observations t) /\ In y (observations t) /\ a = as_transaction x /\ b = as_transaction y /\ applied_before x y.

  Lemma log_is_observed : forall t n x, reached h t -> In x (log_of t n) -> In x (observations t).
  Proof. intros t n (r, k) R H. apply (log_content t (reached_is_sane h t R)) in H. tauto. Qed.

  (** Each dot names one transaction. *)
  Lemma dot_names_one : forall t x y, reached h t -> In x (observations t) -> In y (observations t) -> dot_at x = dot_at y -> x = y.
  Proof.
    intros t (r, k) (q, l) R Hx Hy E. apply reached_is_sane in R. unfold dot_at in E. simpl in E. inversion E as [[Ea Es]].
    assert (r = q) as ->.
    { apply (unique _ (under t R)); auto; [now apply (observed_record t R r k)|now apply (observed_record t R q l)]. }
    f_equal. now apply (observed_once t R q).
  Qed.

  Lemma before_iff : forall t x y, reached h t -> In x (observations t) -> In y (observations t) ->
    before t (as_transaction x) (as_transaction y) -> applied_before x y.
  Proof.
    intros t x y R Hx Hy (x' & y' & Hx' & Hy' & Ex & Ey & H).
    assert (x = x') as ->. { apply (dot_names_one t); auto. apply (f_equal (dot_of Cell kind) Ex). }
    assert (y = y') as ->. { apply (dot_names_one t); auto. apply (f_equal (dot_of Cell kind) Ey). }
    exact H.
  Qed.

  Lemma causal_snoc : forall (b : transaction -> transaction -> Prop) l u, causal transaction b l -> (forall v, In v l -> ~ b u v) ->
    causal transaction b (l ++ [u]).
  Proof.
    intros b l u C H. apply causal_app. split; [exact C|]. split.
    - constructor; [intros v []|constructor].
    - intros v w Hv [<-|[]]. now apply H.
  Qed.

  Lemma log_is_causal : forall t n, reached h t -> causal transaction (before t) (map as_transaction (log_of t n)).
  Proof.
    intros t n R. pose proof (logs_are_in_order h t n R) as O.
    assert (I : forall x, In x (log_of t n) -> In x (observations t)) by (intros x Hx; now apply log_is_observed with n).
    induction O as [|l x O IH Hx]; simpl; [constructor|]. rewrite map_app. apply causal_snoc.
    - apply IH. intros y Hy. apply I, in_app_iff. auto.
    - intros v Hv B. apply in_map_iff in Hv. destruct Hv as (y & <- & Hy).
      apply (Hx y Hy), (before_iff t); auto; apply I, in_app_iff; simpl; auto.
  Qed.

  Lemma nodup_of_dots : forall l : list committed, NoDup (map dot_at l) -> NoDup l.
  Proof. intros l H. now apply NoDup_map_inv in H. Qed.

  (** Nodes with equal clocks hold cells that are alike, and so read the same of every cell, whatever its type. *)
  Theorem equal_clocks_read_equal : forall t n m, reached h t ->
    (forall o, applied (base t) n o = applied (base t) m o) ->
    all_alike Cell kind (cells_at t n) (cells_at t m) /\ reads_equal Cell kind (cells_at t n) (cells_at t m).
  Proof.
    intros t n m R E.
    assert (P : Permutation (log_of t n) (log_of t m)).
    { apply NoDup_Permutation.
      - apply nodup_of_dots, (logs_hold_each_dot_once h t n R).
      - apply nodup_of_dots, (logs_hold_each_dot_once h t m R).
      - now apply (equal_clocks_have_equal_logs h). }
    apply all_types_converge with (before := before t).
    - intros a b Ha Hb N C. apply in_map_iff in Ha. apply in_map_iff in Hb.
      destruct Ha as (x & <- & Hx), Hb as (y & <- & Hy). apply (log_is_observed t n _ R) in Hx. apply (log_is_observed t n _ R) in Hy.
      exists y, x. repeat split; auto. unfold covers in C. apply orb_true_iff in C. destruct C as [C|C].
      + exfalso. apply is_dot_true in C. simpl in C. apply N. f_equal. symmetry. now apply (dot_names_one t).
      + apply Nat.leb_le in C. simpl in C. destruct x as (r, k), y as (q, l). unfold applied_before. simpl in *.
        pose proof (observed_below t (reached_is_sane h t R) r k Hx (author q)). lia.
    - rewrite map_map. apply (logs_hold_each_dot_once h t n R).
    - now apply log_is_causal.
    - now apply log_is_causal.
    - now apply Permutation_map.
  Qed.
End Everywhere.
