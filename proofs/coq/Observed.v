(** Transactions that take time: each begins at a node, which notes what the node has applied then (its observed clock), and is
    committed later, when the node may have applied more. What a transaction covers is judged by its observed clock, what must come
    before it by its delivery clock. RecordClock.covers, TransactionBegin, Kernel.append. Here coverage is shown to be what Types.v
    and AllTypes.v ask for. *)

Require Import List Arith Lia Bool.
Import ListNotations.
From Abelia Require Import VectorClock.
From Abelia Require Types.

(** A transaction as it was committed: its record, with its delivery clock, and its observed clock. *)
Definition committed := (record * clock)%type.

Record timed := {
  base : system;
  begun : nat -> list clock; (* what transactions that have begun at a node may have observed *)
  observations : list committed;
  log_of : nat -> list committed (* what a node has applied, in that order *)
}.

Definition begin_with (f : nat -> list clock) (n : nat) (k : clock) : nat -> list clock := fun m => if Nat.eqb m n then k :: f m else f m.
Definition log_with (f : nat -> list committed) (n : nat) (x : committed) : nat -> list committed :=
  fun m => if Nat.eqb m n then f m ++ [x] else f m.

Inductive timed_step (h : home) : timed -> timed -> Prop :=
| begins : forall t node,
    timed_step h t {| base := base t; begun := begin_with (begun t) node (applied (base t) node);
                      observations := observations t; log_of := log_of t |}
| commits_later : forall t o k,
    let s := base t in let c := applied s (h o) in
    let r := {| author := o; seq := S (c o); delivery := c |} in
    In k (begun t (h o)) -> (forall x, In x (records s) -> author x = o -> seq x <= c o) ->
    timed_step h t {| base := {| records := r :: records s; applied := set_applied s (h o) (set_clock c o (S (c o))) |};
                      begun := begun t; observations := (r, k) :: observations t; log_of := log_with (log_of t) (h o) (r, k) |}
| takes : forall t node r k,
    let s := base t in
    In (r, k) (observations t) -> deliverable (applied s node) r ->
    timed_step h t {| base := {| records := records s; applied := set_applied s node (set_clock (applied s node) (author r) (seq r)) |};
                      begun := begun t; observations := observations t; log_of := log_with (log_of t) node (r, k) |}
| forgets : forall t node, (* with its log and its open transactions; it may take again what it finds on its disk *)
    let s := base t in
    timed_step h t {| base := {| records := records s; applied := set_applied s node (fun _ => 0) |};
                      begun := fun m => if Nat.eqb m node then [] else begun t m; observations := observations t;
                      log_of := fun m => if Nat.eqb m node then [] else log_of t m |}.

Inductive reached (h : home) : timed -> Prop :=
| at_first : reached h {| base := initial; begun := fun _ => []; observations := []; log_of := fun _ => [] |}
| then_step : forall t t', reached h t -> timed_step h t t' -> reached h t'.

(** A clock that contains with every record all that this record's author had applied. *)
Definition closed_clock (s : system) (k : clock) := forall r, In r (records s) -> seq r <= k (author r) -> le_clock (delivery r) k.

(** What holds in every state that can be reached. *)
Record sane (t : timed) : Prop := {
  under : good (base t);
  begun_before : forall n k, In k (begun t n) -> le_clock k (applied (base t) n);
  begun_closed : forall n k, In k (begun t n) -> closed_clock (base t) k;
  observed_record : forall r k, In (r, k) (observations t) -> In r (records (base t));
  observed_below : forall r k, In (r, k) (observations t) -> le_clock k (delivery r);
  observed_closed : forall r k, In (r, k) (observations t) -> closed_clock (base t) k;
  observed_once : forall r k l, In (r, k) (observations t) -> In (r, l) (observations t) -> k = l;
  log_content : forall n r k, In (r, k) (log_of t n) <-> In (r, k) (observations t) /\ seq r <= applied (base t) n (author r)
}.

Lemma grows : forall s n c m k, le_clock k (applied s m) -> le_clock (applied s n) c -> le_clock k (set_applied s n c m).
Proof.
  intros s n c m k H Hc o. unfold set_applied. destruct (Nat.eqb_spec m n) as [->|]; [|apply H].
  specialize (H o). specialize (Hc o). lia.
Qed.

Theorem reached_is_sane : forall h t, reached h t -> sane t.
Proof.
  intros h t H. induction H as [|t t' Ht G Hs].
  - split; simpl; try tauto. apply good_initial.
  - pose proof (under t G) as U. destruct Hs as [t node|t o k s c r Hk Hrecords|t node r k s Hr Hd|t node s].
    + (* a transaction begins *)
      split; simpl; try apply G; auto.
      * intros n k. unfold begin_with. destruct (Nat.eqb_spec n node) as [->|]; [intros [<-|H]|intros H].
        -- intros x; lia.
        -- now apply (begun_before t G).
        -- now apply (begun_before t G).
      * intros n k. unfold begin_with. destruct (Nat.eqb_spec n node) as [->|]; [intros [<-|H]|intros H].
        -- intros q Hq Hle. now apply (closed_node (base t) U).
        -- now apply (begun_closed t G node).
        -- now apply (begun_closed t G n).
    + (* one is committed: its dot is new to all clocks and records *)
      assert (Hgrow : le_clock c (set_clock c o (S (c o)))) by (apply set_clock_grows; lia).
      assert (Hold : forall n, applied s n o <= c o).
      { intros n. destruct (Nat.eq_dec (applied s n o) 0) as [Z|N]; [lia|].
        destruct (known s U n o (applied s n o)) as (z & Hz & Ha & Hq); [lia|]. rewrite <- Hq. now apply Hrecords. }
      assert (Hbegun : forall n q, In q (begun t n) -> q o <= c o).
      { intros n q Hq. pose proof (begun_before t G n q Hq o). specialize (Hold n). unfold s in *. lia. }
      assert (Hfresh : forall x l, In (x, l) (observations t) -> x <> r).
      { intros x l Hx ->. apply (observed_record t G) in Hx. specialize (Hrecords r Hx eq_refl). simpl in Hrecords. lia. }
      assert (Hdelivery : forall x, In x (records s) -> delivery x o <= c o).
      { intros x Hx. destruct (le_lt_dec (delivery x o) (c o)) as [|L]; auto. exfalso.
        destruct (known_record s U x o (delivery x o) Hx) as (z & Hz & Ha & Hq); [lia|]. specialize (Hrecords z Hz Ha). lia. }
      split; simpl.
      * eapply (good_step h); [exact U|]. now apply commit.
      * intros n q Hq. apply grows; [now apply (begun_before t G)|exact Hgrow].
      * intros n q Hq x [<-|Hx] Hle; simpl in *; [exfalso; specialize (Hbegun n q Hq); lia|].
        now apply (begun_closed t G n q Hq x Hx).
      * intros x q [E|Hx]; [inversion E; subst; now left|right; now apply (observed_record t G x q)].
      * intros x q [E|Hx]; [inversion E; subst x q; simpl; now apply (begun_before t G)|now apply (observed_below t G)].
      * intros x q [E|Hx] y [<-|Hy] Hle; simpl in *.
        -- inversion E; subst x q. exfalso. specialize (Hbegun _ _ Hk). lia.
        -- inversion E; subst x q. now apply (begun_closed t G _ _ Hk y Hy).
        -- exfalso. pose proof (observed_below t G x q Hx o) as B. pose proof (observed_record t G x q Hx) as I.
           specialize (Hdelivery x I). lia.
        -- now apply (observed_closed t G x q Hx y Hy).
      * intros x q l [E|Hx] [F|Hy]; [congruence|inversion E; subst x; now apply Hfresh in Hy|
          inversion F; subst x; now apply Hfresh in Hx|now apply (observed_once t G x)].
      * intros n x q. pose proof (log_content t G n x q) as L. unfold log_with, set_applied. fold s in L |- *.
        destruct (Nat.eqb_spec n (h o)) as [->|Hn].
        -- fold c in L. rewrite in_app_iff. simpl. rewrite L. split.
           ++ intros [(Hx & Hle)|[E|[]]].
              ** split; [now right|]. specialize (Hgrow (author x)). lia.
              ** inversion E; subst x q. simpl. split; [now left|]. rewrite set_clock_same. lia.
           ++ intros ([E|Hx] & Hle); [right; now left|left]. split; auto. destruct (Nat.eq_dec (author x) o) as [Ea|Na].
              ** rewrite Ea. apply Hrecords; auto. now apply (observed_record t G x q).
              ** now rewrite set_clock_other in Hle by auto.
        -- rewrite L. split; [tauto|]. intros ([E|Hx] & Hle); [|tauto]. exfalso. inversion E; subst x q. simpl in Hle.
           specialize (Hold n). lia.
    + (* one is taken from elsewhere *)
      pose proof (observed_record t G r k Hr) as Hrec.
      assert (Hgrow : le_clock (applied s node) (set_clock (applied s node) (author r) (seq r))).
      { apply set_clock_grows. destruct Hd. lia. }
      split; simpl; try apply G.
      * eapply (good_step h); [exact U|]. now apply deliver.
      * intros n q Hq. apply grows; [now apply (begun_before t G)|exact Hgrow].
      * intros n x q. pose proof (log_content t G n x q) as L. unfold log_with, set_applied. fold s in L |- *.
        destruct (Nat.eqb_spec n node) as [->|Hn]; [|exact L]. rewrite in_app_iff. simpl. rewrite L. split.
        -- intros [(Hx & Hle)|[E|[]]].
           ++ split; auto. specialize (Hgrow (author x)). lia.
           ++ inversion E; subst x q. split; auto. rewrite set_clock_same. lia.
        -- intros (Hx & Hle). destruct (Nat.eq_dec (author x) (author r)) as [Ea|Na].
           ++ rewrite Ea, set_clock_same in Hle. destruct (Nat.eq_dec (seq x) (seq r)) as [Es|Ns].
              ** right. left. pose proof (observed_record t G x q Hx) as Hx'.
                 assert (x = r) as -> by now apply (unique s U). f_equal. now apply (observed_once t G r).
              ** left. split; auto. destruct Hd as (Sr & _). rewrite Ea. unfold s in *. lia.
           ++ rewrite set_clock_other in Hle by auto. auto.
    + (* a node forgets *)
      split; simpl; try apply G.
      * eapply (good_step h); [exact U|]. apply forget.
      * intros n k. unfold set_applied. destruct (Nat.eqb n node); [intros []|apply (begun_before t G)].
      * intros n k. destruct (Nat.eqb n node); [intros []|apply (begun_closed t G)].
      * intros n x q. unfold set_applied. destruct (Nat.eqb n node); [|apply (log_content t G)]. simpl. split; [tauto|].
        intros (Hx & Hle). pose proof (positive s U x (observed_record t G x q Hx)). lia.
Qed.

(** ** Coverage is strict and transitive, and lies within happened-before *)

(** [b] had observed [a]. *)
Definition covers_observed (b a : committed) : bool := Nat.leb (seq (fst a)) (snd b (author (fst a))).

Theorem coverage_is_strict : forall h t a, reached h t -> In a (observations t) -> covers_observed a a = false.
Proof.
  intros h t (r, k) R Ha. apply reached_is_sane in R. apply Nat.leb_gt. simpl.
  pose proof (observed_below t R r k Ha (author r)). pose proof (observed_record t R r k Ha) as Hr.
  pose proof (positive _ (under t R) r Hr). lia.
Qed.

Theorem coverage_is_transitive : forall h t a b c, reached h t ->
  In a (observations t) -> In b (observations t) -> In c (observations t) ->
  covers_observed a b = true -> covers_observed b c = true -> covers_observed a c = true.
Proof.
  intros h t (ra, ka) (rb, kb) (rc, kc) R Ha Hb Hc Hab Hbc. unfold covers_observed in *. apply Nat.leb_le in Hab.
  apply Nat.leb_le in Hbc. apply Nat.leb_le. simpl in *. apply reached_is_sane in R.
  pose proof (observed_closed t R ra ka Ha rb (observed_record t R rb kb Hb) Hab (author rc)).
  pose proof (observed_below t R rb kb Hb (author rc)). lia.
Qed.

Theorem coverage_is_within_happened_before : forall h t a b, reached h t -> In a (observations t) -> In b (observations t) ->
  covers_observed b a = true -> happened_before (base t) (fst a) (fst b).
Proof.
  intros h t (ra, ka) (rb, kb) R Ha Hb C. apply Nat.leb_le in C. simpl in *. apply reached_is_sane in R.
  pose proof (observed_below t R rb kb Hb (author ra)). apply Relations.Relation_Operators.t_step. repeat split.
  - now apply (observed_record t R ra ka).
  - now apply (observed_record t R rb kb).
  - lia.
Qed.

(** The converse does not hold: a transaction may have been committed after its node had applied one that it has not observed. *)

(** ** Logs are causal, and hold no dot twice *)

Definition dot_at (x : committed) : dot := (author (fst x), seq (fst x)).
(** [a] is among what the author of [b] had applied when it committed. *)
Definition applied_before (a b : committed) : Prop := seq (fst a) <= delivery (fst b) (author (fst a)).

Lemma log_below : forall h t n r k, reached h t -> In (r, k) (log_of t n) ->
  seq r <= applied (base t) n (author r) /\ le_clock (delivery r) (applied (base t) n).
Proof.
  intros h t n r k R H. apply reached_is_sane in R. apply (log_content t R) in H. destruct H as (H & Hle). split; auto.
  apply (closed_node _ (under t R)); auto. now apply (observed_record t R r k).
Qed.

(** What a node appends to its log lies in no clock that the log has. *)
Lemma appended : forall h t t' n, reached h t -> timed_step h t t' ->
  log_of t' n = log_of t n \/ log_of t' n = [] \/
  exists x, log_of t' n = log_of t n ++ [x] /\
    forall y, In y (log_of t n) -> dot_at y <> dot_at x /\ ~ applied_before x y.
Proof.
  intros h t t' n R Hs. assert (R' := reached_is_sane h t R).
  destruct Hs as [t node|t o k s c r Hk Hown|t node r k s Hr Hd|t node s]; simpl; auto; unfold log_with.
  - destruct (Nat.eqb_spec n (h o)) as [->|]; auto. right. right. exists (r, k). split; auto.
    intros (y, l) Hy. destruct (log_below h t (h o) y l R Hy) as (H1 & H2). unfold dot_at, applied_before. simpl. split.
    + intros E. inversion E as [[Ea Es]]. rewrite Es in H1. unfold c, s in *. rewrite Ea in H1. lia.
    + specialize (H2 o). unfold c, s in *. lia.
  - destruct (Nat.eqb_spec n node) as [->|]; auto. right. right. exists (r, k). split; auto. destruct Hd as (Sr & _).
    intros (y, l) Hy. destruct (log_below h t node y l R Hy) as (H1 & H2). unfold dot_at, applied_before. simpl. split.
    + intros E. inversion E as [[Ea Es]]. rewrite Ea, Es in H1. unfold s in *. lia.
    + specialize (H2 (author r)). unfold s in *. lia.
  - destruct (Nat.eqb n node); auto.
Qed.

Theorem logs_hold_each_dot_once : forall h t n, reached h t -> NoDup (map dot_at (log_of t n)).
Proof.
  intros h t n R. induction R as [|t t' R IH Hs]; [constructor|].
  destruct (appended h t t' n R Hs) as [->|[->|(x & -> & Hx)]]; auto; [constructor|]. rewrite map_app. simpl.
  apply NoDup_rev in IH. rewrite <- (rev_involutive (map dot_at (log_of t n) ++ [dot_at x])). apply NoDup_rev.
  rewrite rev_app_distr. simpl. constructor; auto. rewrite <- in_rev, in_map_iff. intros (y & E & Hy).
  destruct (Hx y Hy) as (N & _). congruence.
Qed.

(** Nothing stands behind what its author had not applied. *)
Inductive in_order : list committed -> Prop :=
| order_nil : in_order []
| order_snoc : forall l x, in_order l -> (forall y, In y l -> ~ applied_before x y) -> in_order (l ++ [x]).

Theorem logs_are_in_order : forall h t n, reached h t -> in_order (log_of t n).
Proof.
  intros h t n R. induction R as [|t t' R IH Hs]; [constructor|].
  destruct (appended h t t' n R Hs) as [->|[->|(x & -> & Hx)]]; auto; [constructor|]. constructor; auto. intros y Hy. now apply Hx.
Qed.

Theorem equal_clocks_have_equal_logs : forall h t n m, reached h t ->
  (forall o, applied (base t) n o = applied (base t) m o) -> forall x, In x (log_of t n) <-> In x (log_of t m).
Proof.
  intros h t n m R E (r, k). apply reached_is_sane in R. now rewrite !(log_content t R), E.
Qed.

(** ** The hypotheses of Types.v hold of transactions that were committed: nothing has to be assumed of coverage there *)
Section InTypes.
  Variable h : home.
  Variable t : timed.
  Hypothesis is_reached : reached h t.

  Definition operation_of := { x : committed | In x (observations t) }.
  Definition plain (a : operation_of) : committed := proj1_sig a.
  Definition covers_operation (b a : operation_of) : bool := covers_observed (plain b) (plain a).

  Lemma strict_on_operations : forall a, covers_operation a a = false.
  Proof. intros (a & Ha). now apply (coverage_is_strict h t). Qed.

  Lemma transitive_on_operations : forall a b c, covers_operation a b = true -> covers_operation b c = true -> covers_operation a c = true.
  Proof. intros (a & Ha) (b & Hb) (c & Hc). now apply (coverage_is_transitive h t). Qed.

  (** A node's log, as operations, is causal in the sense of Types.v. *)
  Theorem logs_are_causal : forall l n, map plain l = log_of t n -> Types.causal operation_of covers_operation l.
  Proof.
    intros l n E. pose proof (logs_are_in_order h t n is_reached) as O. pose proof (logs_hold_each_dot_once h t n is_reached) as D.
    rewrite <- E in *. clear E n. induction l as [|a l IH] using rev_ind; [constructor|].
    rewrite map_app in *. simpl in *. constructor.
    - apply IH.
      + inversion O as [Z|m x Hm Hx Z]; [destruct (map _ l); discriminate|]. apply app_inj_tail in Z. destruct Z as (-> & _). exact Hm.
      + rewrite map_app in D. apply NoDup_remove_1 in D. now rewrite app_nil_r in D.
    - intros Ha. rewrite map_app in D. apply NoDup_remove_2 in D. apply D. rewrite app_nil_r. apply in_map. now apply in_map.
    - intros b Hb. apply not_true_is_false. intros C. inversion O as [Z|m x Hm Hx Z]; [destruct (map _ l); discriminate|].
      apply app_inj_tail in Z. destruct Z as (-> & ->). apply (Hx (plain b)); [now apply in_map|].
      destruct b as ((rb & kb) & Ib), a as ((ra & ka) & Ia). unfold covers_operation, covers_observed, applied_before in *. simpl in *.
      apply Nat.leb_le in C. pose proof (observed_below t (reached_is_sane h t is_reached) rb kb Ib (author ra)). lia.
  Qed.

  Lemma logs_are_operations : forall n, exists l : list operation_of, map plain l = log_of t n.
  Proof.
    intros n. assert (H : forall x, In x (log_of t n) -> In x (observations t)).
    { intros (r, k) Hx. now apply (log_content t (reached_is_sane h t is_reached)) in Hx. }
    induction (log_of t n) as [|x m IH]; [now exists []|]. destruct IH as (l & <-); [intros; apply H; now right|].
    now exists (exist _ x (H x (or_introl eq_refl)) :: l).
  Qed.

  (** Sets, switches and registers: what a node holds is what no transaction that it has applied had observed. *)
  Corollary node_holds_the_uncovered : forall stays l n, map plain l = log_of t n ->
    forall a, In a (Types.run operation_of covers_operation stays l []) <-> Types.uncovered operation_of covers_operation stays l a.
  Proof. intros. apply Types.state_is_uncovered; [apply strict_on_operations|]. eapply logs_are_causal; eauto. Qed.

  (** First-writer registers that are never cleared: the writes that observed no other. *)
  Corollary node_holds_the_first : forall l n, map plain l = log_of t n ->
    forall a, In a (Types.first_run operation_of covers_operation l []) <-> Types.minimal operation_of covers_operation l a.
  Proof.
    intros. apply Types.first_state_is_minimal; auto using strict_on_operations.
    - exact transitive_on_operations.
    - eapply logs_are_causal; eauto.
  Qed.
End InTypes.
