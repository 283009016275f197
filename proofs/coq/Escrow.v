(** Bounded counters: if whoever spends a holder's rights sees to it that the holder has them, as far as the spender has delivered
    transactions, and if all that spend from one holder do so one after the other, then no causally closed set of transactions leaves
    a holder below zero, and so neither the counter. Escrow (O'Neil 1986), with rights that move (Balegas et al. 2015). *)

Require Import ZArith List Permutation Lia.
Import ListNotations.
Open Scope Z_scope.

Section Escrow.
  Variable Tx Holder : Type.
  Variable tx_eq : forall a b : Tx, {a = b} + {a <> b}.
  Variable holder_eq : forall a b : Holder, {a = b} + {a <> b}.

  (** What one operation of BoundedCounter.java does: it changes its author's rights, or moves some from one holder to another. *)
  Inductive act := change (h : Holder) (d : Z) | move (from to : Holder) (n : Z).
  Variable acts : Tx -> list act.

  Definition delta (h g : Holder) (d : Z) : Z := if holder_eq h g then d else 0.
  Definition gain_act (h : Holder) (a : act) : Z :=
    match a with change g d => delta h g d | move from to n => delta h to n - delta h from n end.
  Definition sum {A : Type} (f : A -> Z) (l : list A) : Z := fold_right (fun x s => f x + s) 0 l.
  Definition gain (h : Holder) (t : Tx) : Z := sum (gain_act h) (acts t).

  (** Rights of a holder after a set of transactions, in whatever order. *)
  Definition rights (l : list Tx) (h : Holder) : Z := sum (gain h) l.

  (** Happened-before, and what the author of a transaction had delivered. *)
  Variable before : Tx -> Tx -> Prop.
  Hypothesis before_irreflexive : forall t, ~ before t t.
  Hypothesis before_transitive : forall a b c, before a b -> before b c -> before a c.
  Variable seen : Tx -> list Tx.
  Hypothesis seen_before : forall a t, In a (seen t) <-> before a t.
  Hypothesis seen_once : forall t, NoDup (seen t).

  Definition spends (h : Holder) (t : Tx) : Prop := gain h t < 0.

  (** An origin commits one transaction after the other; its heir, which is agreed upon, has delivered all of them that anybody ever
      will before it takes over. *)
  Hypothesis one_after_the_other :
    forall h a b, spends h a -> spends h b -> a <> b -> before a b \/ before b a.

  (** Rights.java: a transaction is committed only if the rights that it spends are there. *)
  Hypothesis checked : forall h t, spends h t -> 0 <= rights (seen t) h + gain h t.

  Definition closed (l : list Tx) : Prop := forall a b, In b l -> before a b -> In a l.

  Lemma sum_app : forall A (f : A -> Z) l m, sum f (l ++ m) = sum f l + sum f m.
  Proof. induction l as [|a l IH]; simpl; intros; [reflexivity|]. rewrite IH. lia. Qed.

  Lemma sum_permutation : forall A (f : A -> Z) l m, Permutation l m -> sum f l = sum f m.
  Proof. induction 1; simpl; lia. Qed.

  Lemma sum_split : forall A (f : A -> Z) (p : A -> bool) l,
    sum f l = sum f (filter p l) + sum f (filter (fun x => negb (p x)) l).
  Proof. induction l as [|a l IH]; simpl; [reflexivity|]. destruct (p a); simpl; lia. Qed.

  Lemma sum_nonnegative : forall A (f : A -> Z) l, (forall x, In x l -> 0 <= f x) -> 0 <= sum f l.
  Proof.
    induction l as [|a l IH]; simpl; intros H; [lia|].
    assert (0 <= f a) by (apply H; now left).
    assert (0 <= sum f l) by (apply IH; intros; apply H; now right). lia.
  Qed.

  (** Of those that spend from a holder, one is the last. *)
  Lemma last_spender : forall h l,
    (exists t, In t l /\ spends h t) ->
    exists t, In t l /\ spends h t /\ forall u, In u l -> spends h u -> u = t \/ before u t.
  Proof.
    induction l as [|a l IH]; intros (t & Hin & Ht); [destruct Hin|].
    destruct (Z_lt_dec (gain h a) 0) as [Ha|Ha].
    - destruct (existsb (fun u => gain h u <? 0) l) eqn:E.
      + apply existsb_exists in E. destruct E as (u & Hu & Hs). apply Z.ltb_lt in Hs.
        destruct IH as (m & Hm & Hsm & Hlast); [now exists u|].
        destruct (tx_eq a m) as [->|Hne].
        * exists m. split; [now left|]. split; [exact Hsm|]. intros v [->|Hv] Hsv; [now left|now apply Hlast].
        * destruct (one_after_the_other h a m Ha Hsm Hne) as [Hb|Hb].
          -- exists m. split; [now right|]. split; [exact Hsm|].
             intros v [->|Hv] Hsv; [now right|now apply Hlast].
          -- exists a. split; [now left|]. split; [exact Ha|]. intros v [->|Hv] Hsv; [now left|].
             right. destruct (Hlast v Hv Hsv) as [->|Hvm]; [exact Hb|]. now apply before_transitive with m.
      + exists a. split; [now left|]. split; [exact Ha|]. intros v [->|Hv] Hsv; [now left|].
        exfalso. assert (existsb (fun u => gain h u <? 0) l = true).
        { apply existsb_exists. exists v. split; [exact Hv|]. now apply Z.ltb_lt. }
        congruence.
    - destruct Hin as [->|Hin]; [contradiction|].
      destruct IH as (m & Hm & Hsm & Hlast); [now exists t|].
      exists m. split; [now right|]. split; [exact Hsm|].
      intros v [->|Hv] Hsv; [contradiction|now apply Hlast].
  Qed.

  Definition known (t u : Tx) : bool := if tx_eq u t then true else if in_dec tx_eq u (seen t) then true else false.

  Lemma known_spec : forall t u, known t u = true <-> u = t \/ before u t.
  Proof.
    intros t u. unfold known. destruct (tx_eq u t) as [->|Hne]; [intuition|].
    destruct (in_dec tx_eq u (seen t)) as [H|H]; rewrite seen_before in H; intuition congruence.
  Qed.

  Lemma up_to_permutation : forall t l, NoDup l -> closed l -> In t l ->
    Permutation (filter (known t) l) (t :: seen t).
  Proof.
    intros t l Hnd Hcl Hin. apply NoDup_Permutation.
    - now apply NoDup_filter.
    - constructor; [|apply seen_once]. rewrite seen_before. apply before_irreflexive.
    - intros u. rewrite filter_In, known_spec. simpl. rewrite seen_before. split.
      + intros (_ & [->|H]); [now left|now right].
      + intros [->|H]; [tauto|]. split; [now apply Hcl with t|now right].
  Qed.

  Theorem no_holder_below_zero : forall l h, NoDup l -> closed l -> 0 <= rights l h.
  Proof.
    intros l h Hnd Hcl. unfold rights.
    destruct (existsb (fun u => gain h u <? 0) l) eqn:E.
    - apply existsb_exists in E. destruct E as (u & Hu & Hs). apply Z.ltb_lt in Hs.
      destruct (last_spender h l) as (t & Hin & Hsp & Hlast); [now exists u|].
      rewrite (sum_split _ _ (known t)).
      rewrite (sum_permutation _ _ _ _ (up_to_permutation t l Hnd Hcl Hin)). simpl.
      assert (0 <= rights (seen t) h + gain h t) by now apply checked. unfold rights in *.
      assert (0 <= sum (gain h) (filter (fun x => negb (known t x)) l)).
      { apply sum_nonnegative. intros v Hv. apply filter_In in Hv. destruct Hv as (Hv & Hk).
        apply Bool.negb_true_iff in Hk. destruct (Z_lt_dec (gain h v) 0) as [Hneg|]; [|lia].
        exfalso. assert (known t v = true) by (apply known_spec; now apply Hlast). congruence. }
      lia.
    - apply sum_nonnegative. intros v Hv. destruct (Z_lt_dec (gain h v) 0) as [Hneg|]; [|lia].
      exfalso. assert (existsb (fun u => gain h u <? 0) l = true).
      { apply existsb_exists. exists v. split; [exact Hv|]. now apply Z.ltb_lt. }
      congruence.
  Qed.

  (** The counter itself: what was released without what was acquired, which is what all holders have. *)
  Definition total_act (a : act) : Z := match a with change _ d => d | move _ _ _ => 0 end.
  Definition counter (l : list Tx) : Z := sum (fun t => sum total_act (acts t)) l.
  Definition among (hs : list Holder) (a : act) : Prop :=
    match a with change g _ => In g hs | move from to _ => In from hs /\ In to hs end.

  Lemma sum_delta : forall hs g d, NoDup hs -> In g hs -> sum (fun h => delta h g d) hs = d.
  Proof.
    induction hs as [|h hs IH]; intros g d Hnd Hin; [destruct Hin|]. inversion Hnd as [|? ? Hnot Hnd']; subst.
    simpl. unfold delta at 1. destruct (holder_eq h g) as [->|Hne].
    - assert (sum (fun h => delta h g d) hs = 0); [|lia].
      clear -Hnot. induction hs as [|k hs IH]; simpl; [reflexivity|]. unfold delta at 1.
      destruct (holder_eq k g) as [->|]; [exfalso; apply Hnot; now left|].
      rewrite IH; [lia|]. intros H. apply Hnot. now right.
    - destruct Hin as [->|Hin]; [congruence|]. rewrite IH; auto.
  Qed.

  Lemma sum_plus : forall A (f g : A -> Z) l, sum (fun x => f x + g x) l = sum f l + sum g l.
  Proof. induction l as [|a l IH]; simpl; lia. Qed.

  Lemma sum_opposite : forall A (f g : A -> Z) l, sum (fun x => f x - g x) l = sum f l - sum g l.
  Proof. induction l as [|a l IH]; simpl; lia. Qed.

  Lemma sum_zero : forall A (l : list A), sum (fun _ => 0) l = 0.
  Proof. induction l; simpl; lia. Qed.

  Lemma acts_total : forall hs l, NoDup hs -> (forall a, In a l -> among hs a) ->
    sum (fun h => sum (gain_act h) l) hs = sum total_act l.
  Proof.
    induction l as [|a l IH]; intros Hnd Hal; simpl; [apply sum_zero|].
    rewrite sum_plus, IH; [|exact Hnd|intros; apply Hal; now right].
    f_equal. assert (Ha : among hs a) by (apply Hal; now left).
    destruct a as [g d|from to n]; simpl in *.
    - now apply sum_delta.
    - rewrite sum_opposite, !sum_delta; tauto || lia.
  Qed.

  Theorem counter_is_rights : forall hs l, NoDup hs -> (forall t a, In t l -> In a (acts t) -> among hs a) ->
    sum (rights l) hs = counter l.
  Proof.
    intros hs l Hnd. induction l as [|t l IH]; intros Hal; [apply sum_zero|].
    unfold rights, counter in *. simpl. rewrite sum_plus, IH; [|intros u a Hu; apply Hal; now right].
    f_equal. apply acts_total; [exact Hnd|]. intros a Ha. apply Hal with t; [now left|exact Ha].
  Qed.

  Theorem never_below_zero : forall hs l,
    NoDup hs -> (forall t a, In t l -> In a (acts t) -> among hs a) -> NoDup l -> closed l -> 0 <= counter l.
  Proof.
    intros hs l Hnd Hal Hl Hcl. rewrite <- (counter_is_rights hs); [|exact Hnd|exact Hal].
    apply sum_nonnegative. intros h _. now apply no_holder_below_zero.
  Qed.
End Escrow.
