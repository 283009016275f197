(** The types whose effects depend on what a transaction had observed: sets, switches and registers. The state keeps the operations that
    no delivered operation has observed; reads are functions of those. No tombstones: a remove of the add-wins types leaves no trace.
    Dots, Writes, ObservedRemoveSet, Switch, Register. After Baquero, Almeida, Shoker: pure operation-based replicated data types. *)

Require Import List Permutation Bool Arith Lia.
Import ListNotations.

Section Observed.
  (** Operations on one unit (a cell, or one element of a set). *)
  Variable Op : Type.
  Variable op_eq : forall a b : Op, {a = b} + {a <> b}.
  (** [covers b a]: the transaction of [b] had observed [a]. Causal order, so strict and transitive. *)
  Variable covers : Op -> Op -> bool.
  Hypothesis irreflexive : forall a, covers a a = false.
  Hypothesis transitive : forall a b c, covers a b = true -> covers b c = true -> covers a c = true.
  (** Whether an operation leaves itself in the state, or only takes away what it has observed (a remove of an add-wins set). *)
  Variable stays : Op -> bool.

  Definition state := list Op.

  Definition effect (o : Op) (s : state) : state :=
    let left := filter (fun a => negb (covers o a)) s in if stays o then o :: left else left.

  Fixpoint run (l : list Op) (s : state) : state := match l with [] => s | o :: l' => run l' (effect o s) end.

  (** The specification: the operations of a set that stay and that no operation of the set has observed. *)
  Definition uncovered (all : list Op) (a : Op) : Prop :=
    In a all /\ stays a = true /\ forall o, In o all -> covers o a = false.

  (** An order in which nothing comes before what it has observed. *)
  Inductive causal : list Op -> Prop :=
  | causal_nil : causal []
  | causal_snoc : forall l o, causal l -> ~ In o l -> (forall a, In a l -> covers a o = false) -> causal (l ++ [o]).

  Lemma run_snoc : forall l o s, run (l ++ [o]) s = effect o (run l s).
  Proof. induction l; simpl; auto. Qed.

  Lemma in_effect : forall o s a, In a (effect o s) <-> (a = o /\ stays o = true) \/ (In a s /\ covers o a = false).
  Proof.
    intros o s a. unfold effect. destruct (stays o) eqn:E; simpl; rewrite filter_In, negb_true_iff; intuition congruence.
  Qed.

  (** What a node holds is what the specification says of the set of operations it has delivered: the order does not matter. *)
  Theorem state_is_uncovered : forall l, causal l -> forall a, In a (run l []) <-> uncovered l a.
  Proof.
    intros l H. induction H as [|l o H IH Hfresh Hnew]; intros a.
    - simpl. unfold uncovered. simpl. tauto.
    - rewrite run_snoc, in_effect, IH. unfold uncovered. rewrite in_app_iff. simpl. split.
      + intros [(-> & Hs)|((Hin & Hs & Hun) & Hc)].
        * split; [auto|]. split; auto. intros b Hb. apply in_app_iff in Hb. simpl in Hb.
          destruct Hb as [Hb|[<-|[]]]; auto.
        * split; [auto|]. split; auto. intros b Hb. apply in_app_iff in Hb. simpl in Hb.
          destruct Hb as [Hb|[<-|[]]]; auto.
      + intros ([Hin|[<-|[]]] & Hs & Hun).
        * right. split; [split; [|split]; auto|].
          -- intros b Hb. apply Hun. apply in_app_iff. now left.
          -- apply Hun. apply in_app_iff. simpl. auto.
        * left. auto.
  Qed.

  Lemma uncovered_permutation : forall l1 l2 a, Permutation l1 l2 -> uncovered l1 a -> uncovered l2 a.
  Proof.
    intros l1 l2 a P (Hin & Hs & Hun). repeat split; auto.
    - eapply Permutation_in; eauto.
    - intros o Ho. apply Hun. eapply Permutation_in; [symmetry; exact P|exact Ho].
  Qed.

  Corollary order_does_not_matter : forall l1 l2, causal l1 -> causal l2 -> Permutation l1 l2 ->
    forall a, In a (run l1 []) <-> In a (run l2 []).
  Proof.
    intros l1 l2 H1 H2 P a.
    rewrite (state_is_uncovered l1 H1 a), (state_is_uncovered l2 H2 a).
    split; apply uncovered_permutation; [exact P|symmetry; exact P].
  Qed.

  (** Concurrent effects commute, as sets. *)
  Theorem concurrent_commute : forall a b s, covers a b = false -> covers b a = false ->
    forall x, In x (effect a (effect b s)) <-> In x (effect b (effect a s)).
  Proof.
    intros a b s Hab Hba x. rewrite !in_effect. split; intros H.
    - destruct H as [(-> & E)|([(-> & E)|(H & E)] & F)]; auto.
    - destruct H as [(-> & E)|([(-> & E)|(H & E)] & F)]; auto.
  Qed.

  (** ** Reads *)
  Variable is_add : Op -> bool.

  (** Add-wins (and enable-wins): some add is uncovered. *)
  Definition add_wins (s : state) := existsb is_add s.
  (** Remove-wins (and disable-wins): and no remove is. *)
  Definition remove_wins (s : state) := existsb is_add s && negb (existsb (fun o => negb (is_add o)) s).

  Theorem add_wins_spec : forall l, causal l ->
    (add_wins (run l []) = true <-> exists a, uncovered l a /\ is_add a = true).
  Proof.
    intros l H. unfold add_wins. rewrite existsb_exists. split; intros (a & Ha & E); exists a; split; auto;
      now apply state_is_uncovered.
  Qed.

  Theorem remove_wins_spec : forall l, causal l ->
    (remove_wins (run l []) = true <->
     (exists a, uncovered l a /\ is_add a = true) /\ (forall a, uncovered l a -> is_add a = true)).
  Proof.
    intros l H. unfold remove_wins. rewrite andb_true_iff, negb_true_iff, existsb_exists.
    split; intros (H1 & H2); split.
    - destruct H1 as (a & Ha & E). exists a. split; auto. now apply state_is_uncovered.
    - intros a Ha. apply state_is_uncovered in Ha; auto.
      destruct (is_add a) eqn:E; auto. exfalso.
      assert (existsb (fun o => negb (is_add o)) (run l []) = true).
      { apply existsb_exists. exists a. split; auto. now rewrite E. } congruence.
    - destruct H1 as (a & Ha & E). exists a. split; auto. now apply state_is_uncovered.
    - apply not_true_is_false. rewrite existsb_exists. intros (a & Ha & E).
      apply state_is_uncovered in Ha; auto. rewrite (H2 a Ha) in E. discriminate.
  Qed.

  (** An add that is concurrent with every remove survives: add wins. An element that was removed after all its adds is gone. *)
  Theorem concurrent_add_survives : forall l a, causal l -> In a l -> is_add a = true -> stays a = true ->
    (forall o, In o l -> covers o a = false) -> add_wins (run l []) = true.
  Proof. intros l a H Hin Ha Hs Hc. apply add_wins_spec; auto. exists a. split; auto. repeat split; auto. Qed.

  Theorem observed_add_is_removed : forall l r, causal l -> In r l -> 
    (forall a, In a l -> is_add a = true -> covers r a = true) -> add_wins (run l []) = false.
  Proof.
    intros l r H Hin Hc. apply not_true_is_false. rewrite add_wins_spec by auto.
    intros (a & (Ha & _ & Hun) & E). specialize (Hun r Hin). rewrite (Hc a Ha E) in Hun. discriminate.
  Qed.

  (** ** Registers: the uncovered writes, of which a read takes the greatest by a total order *)
  Variable rank : Op -> nat.
  Definition greatest (s : state) (a : Op) := In a s /\ forall b, In b s -> rank b <= rank a.

  Theorem last_writer_is_a_function_of_the_set : forall l1 l2 a b,
    (forall x y, rank x = rank y -> x = y) -> causal l1 -> causal l2 -> Permutation l1 l2 ->
    greatest (run l1 []) a -> greatest (run l2 []) b -> a = b.
  Proof.
    intros l1 l2 a b Hinj H1 H2 P (Ha & Ma) (Hb & Mb). apply Hinj.
    apply (order_does_not_matter _ _ H1 H2 P) in Ha as Ha'.
    apply (order_does_not_matter _ _ H1 H2 P) in Hb as Hb'. specialize (Ma b Hb'). specialize (Mb a Ha'). lia.
  Qed.

  (** A write that observed another one replaces it, whatever the clocks say: a read never returns a covered write. *)
  Theorem later_write_wins : forall l a b, causal l -> In b l -> covers b a = true -> ~ greatest (run l []) a.
  Proof.
    intros l a b H Hb Hc (Ha & _). apply state_is_uncovered in Ha; auto.
    destruct Ha as (_ & _ & Hun). rewrite (Hun b Hb) in Hc. discriminate.
  Qed.
End Observed.

(** ** First writer: of the writes, those that observed no other write *)
Section FirstWriter.
  Variable Op : Type.
  Variable covers : Op -> Op -> bool.
  Hypothesis irreflexive : forall a, covers a a = false.
  Hypothesis transitive : forall a b c, covers a b = true -> covers b c = true -> covers a c = true.

  Definition first_effect (o : Op) (s : list Op) : list Op := if existsb (covers o) s then s else o :: s.
  Fixpoint first_run (l s : list Op) : list Op := match l with [] => s | o :: l' => first_run l' (first_effect o s) end.

  Definition minimal (all : list Op) (a : Op) := In a all /\ forall o, In o all -> covers a o = false.

  Lemma first_run_snoc : forall l o s, first_run (l ++ [o]) s = first_effect o (first_run l s).
  Proof. induction l; simpl; auto. Qed.

  (** Below every write lies one that observed no other. *)
  Lemma minimal_below : forall l, causal Op covers l -> forall a, In a l ->
    (forall o, In o l -> covers a o = false) \/ exists m, minimal l m /\ covers a m = true.
  Proof.
    intros l H. induction H as [|l o H IH Hfresh Hnew]; intros a Ha; [destruct Ha|].
    assert (Hkeep : forall m, minimal l m -> minimal (l ++ [o]) m).
    { intros m (Hm & Hmin). split; [apply in_app_iff; auto|]. intros x Hx. apply in_app_iff in Hx. simpl in Hx.
      destruct Hx as [Hx|[<-|[]]]; auto. }
    apply in_app_iff in Ha. simpl in Ha. destruct Ha as [Ha|[<-|[]]].
    - destruct (IH a Ha) as [Hno|(m & Hm & Hc)].
      + left. intros x Hx. apply in_app_iff in Hx. simpl in Hx. destruct Hx as [Hx|[<-|[]]]; auto.
      + right. exists m. auto.
    - destruct (existsb (covers o) l) eqn:E.
      + apply existsb_exists in E. destruct E as (b & Hb & Hc). right.
        destruct (IH b Hb) as [Hno|(m & Hm & Hcm)].
        * exists b. split; auto. apply Hkeep. split; auto.
        * exists m. split; auto. eapply transitive; eauto.
      + left. intros x Hx. apply in_app_iff in Hx. simpl in Hx. destruct Hx as [Hx|[<-|[]]]; auto.
        apply not_true_is_false. intros C. assert (existsb (covers o) l = true) by (apply existsb_exists; eauto). congruence.
  Qed.

  Theorem first_state_is_minimal : forall l, causal Op covers l -> forall a, In a (first_run l []) <-> minimal l a.
  Proof.
    intros l H. induction H as [|l o H IH Hfresh Hnew]; intros a.
    - simpl. unfold minimal. simpl. tauto.
    - rewrite first_run_snoc. unfold first_effect.
      assert (Hkeep : forall m, minimal l m -> minimal (l ++ [o]) m).
      { intros m (Hm & Hmin). split; [apply in_app_iff; auto|]. intros x Hx. apply in_app_iff in Hx. simpl in Hx.
        destruct Hx as [Hx|[<-|[]]]; auto. }
      assert (Hback : forall m, m <> o -> minimal (l ++ [o]) m -> minimal l m).
      { intros m Hne (Hm & Hmin). apply in_app_iff in Hm. simpl in Hm. split; [destruct Hm as [?|[E|[]]]; congruence|].
        intros x Hx. apply Hmin. apply in_app_iff. auto. }
      assert (Ho : minimal (l ++ [o]) o <-> existsb (covers o) (first_run l []) = false).
      { split.
        - intros (_ & Hmin). apply not_true_is_false. rewrite existsb_exists. intros (m & Hm & C).
          apply IH in Hm. destruct Hm as (Hm & _). rewrite Hmin in C; [discriminate|]. apply in_app_iff. auto.
        - intros E. assert (Hc : causal Op covers (l ++ [o])) by (constructor; auto).
          destruct (minimal_below _ Hc o) as [Hno|(m & Hm & C)]; [apply in_app_iff; simpl; auto| |].
          + split; [apply in_app_iff; simpl; auto|auto].
          + exfalso. assert (m <> o) by (intro; subst; rewrite irreflexive in C; discriminate).
            apply (Hback m) in Hm; auto. apply IH in Hm.
            assert (existsb (covers o) (first_run l []) = true) by (apply existsb_exists; eauto). congruence. }
      assert (Hne : forall m, In m (first_run l []) -> m <> o).
      { intros m Hm E. subst. apply IH in Hm. now destruct Hm. }
      destruct (existsb (covers o) (first_run l [])) eqn:E; simpl.
      + rewrite IH. split; auto. intros Hm. apply Hback; auto. intros ->. apply Ho in Hm. discriminate.
      + rewrite IH. split.
        * intros [<-|Hm]; auto. now apply Ho.
        * intros Hm. assert (Hcase : a = o \/ a <> o).
          { destruct Hm as (Hin & _). apply in_app_iff in Hin. simpl in Hin. destruct Hin as [Hin|[<-|[]]]; [|now left].
            right. intros ->. contradiction. }
          destruct Hcase as [->|N]; [now left|right; now apply Hback].
  Qed.
End FirstWriter.

(** ** Stability: what is dropped as causally stable changes no read, whatever comes later *)
Section Stability.
  Variable Op : Type.
  Variable covers : Op -> Op -> bool.
  Variable is_add : Op -> bool.
  Definition un (all : list Op) (a : Op) := In a all /\ forall o, In o all -> covers o a = false.
  Definition present (all : list Op) (dropped : Op -> Prop) :=
    (exists a, un all a /\ is_add a = true /\ ~ dropped a) /\
    (forall a, un all a -> ~ dropped a -> is_add a = true).

  (** [old] is what was delivered when the remove [r] was stable and uncovered; [later] all that is delivered afterwards, of which every
      operation observes [r], and none is observed by an old one. [top] picks an operation of [later] that no other has observed. *)
  Theorem dropping_a_stable_remove_changes_no_read : forall old later r,
    In r old -> (forall o, In o old -> covers o r = false) -> is_add r = false ->
    (forall o, In o later -> covers o r = true) ->
    (forall o p, In o old -> In p later -> covers o p = false) ->
    (forall x, In x later -> ~ In x old) ->
    (later <> [] -> exists top, In top later /\ forall o, In o later -> covers o top = false) ->
    let dropped x := x = r \/ (In x old /\ is_add x = true) in
    (present (old ++ later) (fun _ => False) <-> present (old ++ later) dropped).
  Proof.
    intros old later r Hr Hun Hrem Hobs Hsep Hdisj Htop dropped. unfold present, dropped. split.
    - intros ((a & Ha & Hadd & _) & Hall).
      destruct later as [|x later'] eqn:El.
      + exfalso. assert (U : un (old ++ []) r).
        { split; [apply in_app_iff; auto|]. intros o Ho. apply in_app_iff in Ho. simpl in Ho. destruct Ho as [Ho|[]]; auto. }
        specialize (Hall r U (fun f => f)). congruence.
      + rewrite <- El in *. destruct Htop as (top & Ht & Hmax); [congruence|].
        assert (U : un (old ++ later) top).
        { split; [apply in_app_iff; auto|]. intros o Ho. apply in_app_iff in Ho. destruct Ho as [Ho|Ho]; auto. }
        split.
        * exists top. split; auto. split; [apply Hall; auto|].
          intros [->|(Hin & _)]; apply (Hdisj _ Ht); auto.
        * intros b Hb _. apply Hall; auto.
    - intros ((a & Ha & Hadd & Hnd) & Hall). split.
      + exists a. auto.
      + intros b Hb _. destruct (is_add b) eqn:E; auto.
        assert (Hl : In a later).
        { destruct Ha as (Hin & _). apply in_app_iff in Hin. destruct Hin as [Hin|Hin]; auto. exfalso. apply Hnd. auto. }
        rewrite <- E. apply Hall; auto. intros [->|(_ & E')]; [|congruence].
        destruct Hb as (_ & Hb). specialize (Hb a). rewrite Hobs in Hb; auto. discriminate Hb. apply in_app_iff. auto.
  Qed.
End Stability.
