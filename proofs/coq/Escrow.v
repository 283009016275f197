(** Bounded counters: if whoever spends a holder's rights sees to it that the holder has them, as far as the spender has delivered
    transactions, and if all that spend from one holder do so one after the other, then no causally closed set of transactions leaves
    a holder below zero, and so neither the counter. Escrow (O'Neil 1986), with rights that move (Balegas et al. 2015). *)

Require Import ZArith List Permutation Lia.
Import ListNotations.
From Abelia Require Numbers.
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

  (** ** Bounded arithmetic: rights are kept as signed numbers of 64 bits, which wrap. Nothing wraps while what is added up fits. *)

  (** Something that is counted, such as the rights of a holder or the counter itself, and that no closed part of [l] has below zero. *)
  Section Bound.
    Variable f : Tx -> Z.
    Variable l : list Tx.

    (** All that one of some transactions had seen, and these themselves. *)
    Definition below (ts : list Tx) (u : Tx) : bool := existsb (fun t => known t u) ts.

    Lemma sum_or : forall (p q : Tx -> bool) m,
      sum f (filter (fun u => p u || q u)%bool m) =
      sum f (filter p m) + sum f (filter q m) - sum f (filter (fun u => p u && q u)%bool m).
    Proof. intros p q. induction m as [|u m IH]; simpl; [reflexivity|]. destruct (p u), (q u); simpl; lia. Qed.

    Lemma known_closed : forall t u v, known t u = true -> before v u -> known t v = true.
    Proof.
      intros t u v H B. apply known_spec in H. apply known_spec. right.
      destruct H as [->|H]; [exact B|]. now apply before_transitive with u.
    Qed.

    Lemma below_closed : forall ts u v, below ts u = true -> before v u -> below ts v = true.
    Proof.
      intros ts u v H B. unfold below in *. apply existsb_exists in H. destruct H as (t & Ht & H). apply existsb_exists.
      exists t. split; auto. now apply known_closed with u.
    Qed.

    (** What several transactions had seen together is at most the sum of what each had seen: what they share is not below zero. *)
    Lemma sum_below : forall M ts, NoDup l -> closed l ->
      (forall m, incl m l -> NoDup m -> closed m -> 0 <= sum f m) ->
      (forall t, In t ts -> In t l /\ sum f (t :: seen t) <= M) ->
      sum f (filter (below ts) l) <= Z.of_nat (length ts) * M.
    Proof.
      intros M ts Hnd Hcl Hpos. induction ts as [|t ts IH]; intros Hts.
      - rewrite (filter_ext (below []) (fun _ => false)) by reflexivity.
        replace (filter (fun _ => false) l) with (@nil Tx) by (clear; induction l; simpl; auto). simpl. lia.
      - rewrite (filter_ext (below (t :: ts)) (fun u => known t u || below ts u)%bool) by reflexivity. rewrite sum_or.
        destruct (Hts t) as (Hin & Hfit); [now left|].
        rewrite (sum_permutation _ _ _ _ (up_to_permutation t l Hnd Hcl Hin)).
        assert (Hrest : sum f (filter (below ts) l) <= Z.of_nat (length ts) * M) by (apply IH; intros; apply Hts; now right).
        assert (0 <= sum f (filter (fun u => known t u && below ts u)%bool l)).
        { apply Hpos.
          - intros u Hu. apply filter_In in Hu. tauto.
          - now apply NoDup_filter.
          - intros a b Hb Hab. apply filter_In in Hb. destruct Hb as (Hb & K). apply andb_prop in K. destruct K as (K1 & K2).
            apply filter_In. split; [now apply Hcl with b|]. apply andb_true_intro. split.
            + now apply known_closed with b.
            + now apply below_closed with b. }
        cbn [length]. rewrite Nat2Z.inj_succ. lia.
    Qed.

    (** Of the transactions of one origin that add something, one is the last. *)
    Lemma last_of_chain : forall (p : Tx -> bool) m,
      (forall a b, In a m -> In b m -> p a = true -> p b = true -> a <> b -> before a b \/ before b a) ->
      (exists t, In t m /\ p t = true) ->
      exists t, In t m /\ p t = true /\ forall u, In u m -> p u = true -> known t u = true.
    Proof.
      intros p. induction m as [|a m IH]; intros Hchain (t & Hin & Ht); [destruct Hin|].
      assert (Hchain' : forall a b, In a m -> In b m -> p a = true -> p b = true -> a <> b -> before a b \/ before b a).
      { intros; apply Hchain; auto; now right. }
      destruct (existsb p m) eqn:E.
      - apply existsb_exists in E. destruct (IH Hchain' E) as (k & Hk & Hpk & Hlast).
        destruct (p a) eqn:Pa.
        + destruct (tx_eq a k) as [->|Hne].
          * exists k. split; [now left|]. split; auto. intros u [<-|Hu] Hpu; [apply known_spec; now left|auto].
          * destruct (Hchain a k) as [Hb|Hb]; auto; [now left|now right| |].
            -- exists k. split; [now right|]. split; auto. intros u [<-|Hu] Hpu; [apply known_spec; now right|auto].
            -- exists a. split; [now left|]. split; auto. intros u [<-|Hu] Hpu; [apply known_spec; now left|].
               specialize (Hlast u Hu Hpu). apply known_spec in Hlast. apply known_spec. right.
               destruct Hlast as [->|Hlast]; auto. now apply before_transitive with k.
        + exists k. split; [now right|]. split; auto. intros u [<-|Hu] Hpu; [congruence|auto].
      - assert (Hnone : forall u, In u m -> p u = false).
        { intros u Hu. apply Bool.not_true_is_false. intros C. assert (existsb p m = true) by (apply existsb_exists; eauto). congruence. }
        destruct Hin as [->|Hin]; [|rewrite Hnone in Ht by auto; discriminate].
        exists t. split; [now left|]. split; auto. intros u [<-|Hu] Hpu; [apply known_spec; now left|].
        rewrite Hnone in Hpu by auto. discriminate.
    Qed.

    Variable Author : Type.
    Variable author_eq : forall a b : Author, {a = b} + {a <> b}.
    Variable author_of : Tx -> Author.

    Definition adds_as (a : Author) (t : Tx) : bool := (0 <? f t) && if author_eq (author_of t) a then true else false.

    Lemma adds_as_true : forall a t, adds_as a t = true <-> 0 < f t /\ author_of t = a.
    Proof.
      intros a t. unfold adds_as. rewrite Bool.andb_true_iff, Z.ltb_lt. destruct (author_eq (author_of t) a); intuition congruence.
    Qed.

    Lemma last_of_each : forall authors,
      (forall a b, In a l -> In b l -> 0 < f a -> 0 < f b -> author_of a = author_of b -> a <> b -> before a b \/ before b a) ->
      exists ts, (length ts <= length authors)%nat /\ (forall t, In t ts -> In t l /\ 0 < f t) /\
                 forall u, In u l -> 0 < f u -> In (author_of u) authors -> below ts u = true.
    Proof.
      intros authors Hchain. induction authors as [|a authors (ts & Hlen & Hts & Hall)].
      - exists []. split; [simpl; lia|]. split; [intros t []|intros u _ _ []].
      - destruct (existsb (adds_as a) l) eqn:E.
        + apply existsb_exists in E. destruct (last_of_chain (adds_as a) l) as (t & Hin & Ht & Hlast); auto.
          { intros x y Hx Hy Px Py. apply adds_as_true in Px. apply adds_as_true in Py. destruct Px, Py.
            apply Hchain; auto; congruence. }
          exists (t :: ts). split; [simpl; lia|]. split.
          * intros u [<-|Hu]; auto. apply adds_as_true in Ht. tauto.
          * intros u Hu Hf [Ea|Ha]; unfold below; simpl; apply Bool.orb_true_iff.
            -- left. apply Hlast; auto. apply adds_as_true. auto.
            -- right. now apply Hall.
        + exists ts. split; [simpl; lia|]. split; auto. intros u Hu Hf [Ea|Ha]; auto.
          exfalso. assert (existsb (adds_as a) l = true); [|congruence].
          apply existsb_exists. exists u. split; auto. apply adds_as_true. auto.
    Qed.

    (** If each transaction that adds something saw to it that what it knows of stays at or below a limit, all of them together stay at or
        below that limit times the number of origins that add: each may use up the limit without knowing of the others. *)
    Theorem sum_is_bounded : forall M authors, 0 <= M -> NoDup l -> closed l ->
      (forall m, incl m l -> NoDup m -> closed m -> 0 <= sum f m) ->
      (forall a b, In a l -> In b l -> 0 < f a -> 0 < f b -> author_of a = author_of b -> a <> b -> before a b \/ before b a) ->
      (forall t, In t l -> 0 < f t -> In (author_of t) authors /\ sum f (t :: seen t) <= M) ->
      sum f l <= Z.of_nat (length authors) * M.
    Proof.
      intros M authors HM Hnd Hcl Hpos Hchain Hfits. destruct (last_of_each authors Hchain) as (ts & Hlen & Hts & Hall).
      rewrite (sum_split _ f (below ts)).
      assert (sum f (filter (below ts) l) <= Z.of_nat (length ts) * M).
      { apply sum_below; auto. intros t Ht. destruct (Hts t Ht) as (Hin & Hf). split; auto. now apply Hfits. }
      assert (sum f (filter (fun u => negb (below ts u)) l) <= 0).
      { assert (Hneg : forall m, (forall u, In u m -> f u <= 0) -> sum f m <= 0).
        { induction m as [|u m IHm]; simpl; intros Hm; [lia|]. assert (f u <= 0) by (apply Hm; now left).
          assert (sum f m <= 0) by (apply IHm; intros; apply Hm; now right). lia. }
        apply Hneg. intros u Hu. apply filter_In in Hu. destruct Hu as (Hu & Hb). apply Bool.negb_true_iff in Hb.
        destruct (Z_lt_dec 0 (f u)) as [Hf|]; [|lia]. exfalso. rewrite (Hall u Hu Hf) in Hb; [discriminate|]. now apply Hfits. }
      assert (Z.of_nat (length ts) * M <= Z.of_nat (length authors) * M) by (apply Z.mul_le_mono_nonneg_r; lia). lia.
    Qed.
  End Bound.

  (** The rights of a holder, checked where they are given. *)
  Theorem rights_do_not_wrap :
    forall Author (author_eq : forall a b : Author, {a = b} + {a <> b}) (author_of : Tx -> Author) M authors l h,
    0 <= M -> Z.of_nat (length authors) * M < 2 ^ 63 -> NoDup l -> closed l ->
    (forall a b, In a l -> In b l -> 0 < gain h a -> 0 < gain h b -> author_of a = author_of b -> a <> b -> before a b \/ before b a) ->
    (forall t, In t l -> 0 < gain h t -> In (author_of t) authors /\ rights (t :: seen t) h <= M) ->
    0 <= rights l h <= Z.of_nat (length authors) * M /\ Numbers.wrap64 (rights l h) = rights l h.
  Proof.
    intros Author author_eq author_of M authors l h HM Hfit Hnd Hcl Hchain Hchecks.
    assert (Hlow : 0 <= rights l h) by now apply no_holder_below_zero.
    assert (Hhigh : rights l h <= Z.of_nat (length authors) * M).
    { apply (sum_is_bounded (gain h) l Author author_eq author_of); auto. intros m _ Hm Hmc. now apply no_holder_below_zero. }
    split; [lia|]. apply Numbers.wrap64_fits. lia.
  Qed.

  Definition holders_of (a : act) : list Holder := match a with change g _ => [g] | move from to _ => [from; to] end.

  Lemma counter_not_below_zero : forall l, NoDup l -> closed l -> 0 <= counter l.
  Proof.
    intros l Hnd Hcl.
    apply (never_below_zero (nodup holder_eq (flat_map (fun t => flat_map holders_of (acts t)) l))); auto using NoDup_nodup.
    intros t a Ht Ha.
    assert (H : forall g, In g (holders_of a) -> In g (nodup holder_eq (flat_map (fun t => flat_map holders_of (acts t)) l))).
    { intros g Hg. apply nodup_In, in_flat_map. exists t. split; auto. apply in_flat_map. exists a. auto. }
    destruct a as [g d|from to n]; simpl in *; auto.
  Qed.

  (** The counter itself, checked where something is released; who only moves rights adds nothing to it. *)
  Theorem counter_does_not_wrap :
    forall Author (author_eq : forall a b : Author, {a = b} + {a <> b}) (author_of : Tx -> Author) M authors l,
    let released t := sum total_act (acts t) in
    0 <= M -> Z.of_nat (length authors) * M < 2 ^ 63 -> NoDup l -> closed l ->
    (forall a b, In a l -> In b l -> 0 < released a -> 0 < released b -> author_of a = author_of b -> a <> b ->
       before a b \/ before b a) ->
    (forall t, In t l -> 0 < released t -> In (author_of t) authors /\ counter (t :: seen t) <= M) ->
    0 <= counter l <= Z.of_nat (length authors) * M /\ Numbers.wrap64 (counter l) = counter l.
  Proof.
    intros Author author_eq author_of M authors l released HM Hfit Hnd Hcl Hchain Hchecks.
    assert (Hlow : 0 <= counter l) by now apply counter_not_below_zero.
    assert (Hhigh : counter l <= Z.of_nat (length authors) * M).
    { apply (sum_is_bounded released l Author author_eq author_of); auto. intros m _ Hm Hmc. now apply counter_not_below_zero. }
    split; [lia|]. apply Numbers.wrap64_fits. lia.
  Qed.

  (** No holder has more than the counter, so a check of the counter alone is enough for holders, too. *)
  Theorem holder_has_at_most_all : forall l h, NoDup l -> closed l -> rights l h <= counter l.
  Proof.
    intros l h Hnd Hcl.
    set (hs := nodup holder_eq (h :: flat_map (fun t => flat_map holders_of (acts t)) l)).
    rewrite <- (counter_is_rights hs); [|apply NoDup_nodup|].
    - assert (Hin : In h hs) by (apply nodup_In; now left). clearbody hs.
      induction hs as [|g hs IH]; [destruct Hin|]. simpl.
      assert (0 <= rights l g) by now apply no_holder_below_zero.
      assert (0 <= sum (rights l) hs) by (apply sum_nonnegative; intros; now apply no_holder_below_zero).
      destruct Hin as [->|Hin]; [lia|]. specialize (IH Hin). lia.
    - intros t a Ht Ha. assert (H : forall g, In g (holders_of a) -> In g hs).
      { intros g Hg. apply nodup_In. right. apply in_flat_map. exists t. split; auto. apply in_flat_map. exists a. auto. }
      destruct a as [g d|from to n]; simpl in *; auto.
  Qed.
End Escrow.

(** The limit must leave room for all origins that may use it at once: a check where something is released, against what is known
    there, does not see the others. Two origins that release 2^62 each, apart, both pass a check against 2^62, and the sum wraps. *)
Theorem each_fits_but_both_do_not :
  let one := [tt] in let gain := fun _ : unit => 2 ^ 62 in
  sum gain one <= 2 ^ 62 /\ Numbers.wrap64 (sum gain (one ++ one)) < 0.
Proof. vm_compute. split; congruence. Qed.

(** ** The same check where a transaction arrives, in whatever order *)
Section Checked.
  Variable Tx : Type.
  Variable gain : Tx -> Z. (* of one holder, or of the counter *)

  (** If a node applies, and lets itself commit, only what leaves the number that it keeps within [0, M], and no transaction changes it
      by more than [A], then what it keeps in 64 bits is the exact number, at each step. Nothing is assumed of other nodes. *)
  Theorem checked_steps_do_not_wrap : forall M A l, 0 <= M -> 0 <= A -> M + A < 2 ^ 63 ->
    (forall t, In t l -> - A <= gain t <= A) ->
    (forall p t q, l = p ++ t :: q -> 0 <= Numbers.wrap64 (sum gain (p ++ [t])) <= M) ->
    forall p q, l = p ++ q -> Numbers.wrap64 (sum gain p) = sum gain p /\ 0 <= sum gain p <= M.
  Proof.
    intros M A l HM HA Hfit Hsmall Hchecked p. induction p as [|t p IH] using rev_ind; intros q E.
    - split; [reflexivity|simpl; lia].
    - rewrite <- app_assoc in E. simpl in E. destruct (IH (t :: q) E) as (_ & Hp).
      specialize (Hchecked p t q E).
      assert (Ht : - A <= gain t <= A) by (apply Hsmall; rewrite E; apply in_app_iff; simpl; auto).
      assert (Hsum : sum gain (p ++ [t]) = sum gain p + gain t) by (rewrite sum_app; simpl; lia).
      assert (W : Numbers.wrap64 (sum gain (p ++ [t])) = sum gain (p ++ [t])).
      { apply (Numbers.wrap64_near _ M A); auto. rewrite Hsum. lia. }
      rewrite W in *. auto.
  Qed.
End Checked.

(** BoundedCounter.java: a transaction changes its author's rights by at most 2^40, and moves at most 2^40 at a time, at most 64 times. *)
Theorem gain_is_small : forall Holder (holder_eq : forall a b : Holder, {a = b} + {a <> b}) (l : list (act Holder)) h,
  (length l <= 65)%nat ->
  (forall a, In a l -> match a with change _ _ d => - 2 ^ 40 <= d <= 2 ^ 40 | move _ _ _ n => 0 <= n <= 2 ^ 40 end) ->
  - (65 * 2 ^ 40) <= sum (gain_act Holder holder_eq h) l <= 65 * 2 ^ 40.
Proof.
  intros Holder holder_eq l h Hlen Hsmall.
  assert (H : - (Z.of_nat (length l) * 2 ^ 40) <= sum (gain_act Holder holder_eq h) l <= Z.of_nat (length l) * 2 ^ 40); [|lia].
  clear Hlen. induction l as [|a l IH]; [simpl; lia|].
  assert (Ha : - 2 ^ 40 <= gain_act Holder holder_eq h a <= 2 ^ 40).
  { specialize (Hsmall a (or_introl eq_refl)). destruct a as [g d|from to n]; simpl; unfold delta.
    - destruct (holder_eq h g); lia.
    - destruct (holder_eq h to), (holder_eq h from); lia. }
  assert (Hl := IH (fun x Hx => Hsmall x (or_intror Hx))). cbn [length sum fold_right]. rewrite Nat2Z.inj_succ.
  fold (sum (gain_act Holder holder_eq h) l). lia.
Qed.
