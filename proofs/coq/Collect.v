(** What is dropped once it is causally stable changes no read, whatever comes later: ghosts of first-writer registers, and removes of the
    remove-wins types with the adds that they beat. All that is asked of what comes later is that it had observed what is stable, which
    Stability.v shows. FirstWriterRegister.collect, Dots.dropStableRemoves. *)

Require Import List Permutation Bool ZArith Lia.
Import ListNotations.
From Abelia Require Import VectorClock AllTypes.

(** What is stable at a node, and a transaction that comes there later. *)
Definition knows_stable (stable : dot -> bool) (c : context) : Prop := forall d, stable d = true -> covers c d = true.

(** ** Ghosts: one stable clear settles its write for good, and all ghosts of that write go *)

Definition is_settled (stable : dot -> bool) (s : firsts) (d : dot) : bool :=
  existsb (fun p => is_dot (fst p) d && stable (snd p)) (ghosts s).
Definition drop_ghosts (stable : dot -> bool) (s : firsts) : firsts :=
  {| standing := standing s; ghosts := filter (fun p => negb (is_settled stable s (fst p))) (ghosts s) |}.

Lemma is_settled_true : forall stable s d,
  is_settled stable s d = true <-> exists p, In p (ghosts s) /\ fst p = d /\ stable (snd p) = true.
Proof.
  intros stable s d. unfold is_settled. rewrite existsb_exists. split; intros (p & Hp & E); exists p; split; auto.
  - apply andb_true_iff in E. rewrite is_dot_true in E. exact E.
  - apply andb_true_iff. now rewrite is_dot_true.
Qed.

(** [t] is [s] without the ghosts of some writes, each of which has a stable clear among the ghosts of [s]. *)
Record without (stable : dot -> bool) (gone : dot -> Prop) (s t : firsts) : Prop := {
  w_standing : standing s = standing t;
  w_fewer : forall p, In p (ghosts t) -> In p (ghosts s) /\ ~ gone (fst p);
  w_others : forall p, In p (ghosts s) -> In p (ghosts t) \/ gone (fst p);
  w_stable : forall d, gone d -> exists p, In p (ghosts s) /\ fst p = d /\ stable (snd p) = true;
  w_not_standing : forall a, In a (standing s) -> ~ gone (e_dot a)
}.

Lemma dropped_is_without : forall stable ds s, firsts_sound ds s ->
  without stable (fun d => is_settled stable s d = true) s (drop_ghosts stable s).
Proof.
  intros stable ds s (_ & _ & Disjoint). split; simpl; auto.
  - intros p Hp. apply filter_In in Hp. destruct Hp as (Hp & N). apply negb_true_iff in N. split; auto. congruence.
  - intros p Hp. destruct (is_settled stable s (fst p)) eqn:E; auto. left. apply filter_In. now rewrite E.
  - intros d Hd. now apply is_settled_true.
  - intros a Ha Hd. apply is_settled_true in Hd. destruct Hd as (p & Hp & E & _). now apply (Disjoint a p).
Qed.

Lemma gone_is_untouched : forall stable gone s t c d, without stable gone s t -> knows_stable stable c -> gone d -> ~ touched c s d.
Proof.
  intros stable gone s t c d H K Hd (_ & [(a & Ha & E)|(_ & N)]).
  - apply (w_not_standing _ _ _ _ H a Ha). now rewrite E.
  - destruct (w_stable _ _ _ _ H d Hd) as (p & Hp & E & S). specialize (N p Hp E). rewrite (K _ S) in N. discriminate.
Qed.

Lemma touched_without : forall stable gone s t c d, without stable gone s t -> knows_stable stable c ->
  touched c s d <-> touched c t d.
Proof.
  intros stable gone s t c d H K. split; intros T; pose proof T as (C & D); (split; [exact C|]).
  - destruct D as [(a & Ha & E)|((p & Hp & E) & N)].
    + left. exists a. rewrite <- (w_standing _ _ _ _ H). auto.
    + right. destruct (w_others _ _ _ _ H p Hp) as [Hp'|G].
      * split; [now exists p|]. intros q Hq. apply N. now apply (w_fewer _ _ _ _ H q).
      * exfalso. rewrite E in G. now apply (gone_is_untouched stable gone s t c d).
  - destruct D as [(a & Ha & E)|((p & Hp & E) & N)].
    + left. exists a. rewrite (w_standing _ _ _ _ H). auto.
    + right. destruct (w_fewer _ _ _ _ H p Hp) as (Hp' & G). split; [now exists p|].
      intros q Hq Eq. destruct (w_others _ _ _ _ H q Hq) as [Hq'|Gq]; [now apply N|]. exfalso. apply G. now rewrite E, <- Eq.
Qed.

Lemma is_void_without : forall stable gone s t c, without stable gone s t -> knows_stable stable c -> is_void c s = is_void c t.
Proof.
  intros stable gone s t c H K. apply eq_true_iff_eq. rewrite !is_void_spec.
  split; intros (d & D); exists d; now apply (touched_without stable gone s t c d).
Qed.

Lemma set_without : forall stable gone s t c v, without stable gone s t -> knows_stable stable c -> ~ gone (own c) ->
  without stable gone (first_set c v s) (first_set c v t).
Proof.
  intros stable gone s t c v H K F. unfold first_set. rewrite <- (is_void_without stable gone s t c H K).
  destruct (is_void c s); auto. split; simpl; try apply H.
  - f_equal. apply H.
  - intros a [<-|Ha]; simpl; auto. now apply (w_not_standing _ _ _ _ H).
Qed.

Lemma clear_without : forall stable gone s t c, without stable gone s t -> knows_stable stable c ->
  without stable gone (first_clear c s) (first_clear c t).
Proof.
  intros stable gone s t c H K. split.
  - simpl. now rewrite (w_standing _ _ _ _ H).
  - intros p Hp. apply in_first_clear in Hp. destruct Hp as [Hp|(E & T)].
    + destruct (w_fewer _ _ _ _ H p Hp) as (Hs & G). split; auto. apply in_first_clear. auto.
    + apply (touched_without stable gone s t c) in T; auto. split; [apply in_first_clear; auto|].
      intros G. now apply (gone_is_untouched stable gone s t c (fst p)).
  - intros p Hp. apply in_first_clear in Hp. destruct Hp as [Hp|(E & T)].
    + destruct (w_others _ _ _ _ H p Hp) as [Ht|G]; auto. left. apply in_first_clear. auto.
    + apply (touched_without stable gone s t c) in T; auto. left. apply in_first_clear. auto.
  - intros d Hd. destruct (w_stable _ _ _ _ H d Hd) as (p & Hp & E). exists p. split; auto. apply in_first_clear. auto.
  - simpl. intros a Ha. apply filter_In in Ha. apply (w_not_standing _ _ _ _ H). tauto.
Qed.

Definition first_writer_run (later : list (context * register_op)) (s : firsts) : firsts :=
  fold_left (fun s x => first_effect (fst x) (snd x) s) later s.

Lemma run_without : forall stable (gone : dot -> Prop) ds later s t, (forall d, gone d -> In d ds) -> without stable gone s t ->
  (forall x, In x later -> knows_stable stable (fst x) /\ ~ In (own (fst x)) ds) ->
  standing (first_writer_run later t) = standing (first_writer_run later s).
Proof.
  intros stable gone ds later. induction later as [|(c, o) later IH]; simpl; intros s t Old H Hlater.
  - symmetry. apply (w_standing _ _ _ _ H).
  - destruct (Hlater (c, o) (or_introl eq_refl)) as (K & F). simpl in K, F.
    assert (Fresh : ~ gone (own c)) by (intros G; apply F; now apply Old).
    apply IH; auto. destruct o as [v| |v]; simpl; auto using set_without, clear_without.
Qed.

(** The writes that stand are the same, whatever comes later: transactions that are new and had observed what is stable. *)
Theorem dropping_ghosts_changes_no_read : forall stable ds s later, firsts_sound ds s ->
  (forall x, In x later -> knows_stable stable (fst x) /\ ~ In (own (fst x)) ds) ->
  standing (first_writer_run later (drop_ghosts stable s)) = standing (first_writer_run later s).
Proof.
  intros stable ds s later Hs. apply run_without with (gone := fun d => is_settled stable s d = true).
  - intros d Hd. apply is_settled_true in Hd. destruct Hd as (p & Hp & <- & _). destruct Hs as (_ & Hs & _). now apply Hs.
  - now apply dropped_is_without with ds.
Qed.

(** ** Removes: a switch, or one element of a set. A stable remove goes with all stable removes and all adds, which it beats *)

Definition drop_removes (stable : dot -> bool) (s : list entry) : list entry :=
  if existsb (fun a => negb (e_add a) && stable (e_dot a)) s
  then filter (fun a => negb (e_add a) && negb (stable (e_dot a))) s else s.

(** Every operation of a remove-wins unit leaves its trace. Dots.update *)
Definition unit_step (add : bool) : step := {| about := everything; leaves := Some (0%Z, add) |}.
Lemma unit_step_is_turn : forall add, turn true add = [unit_step add].
Proof. intros [|]; reflexivity. Qed.
Definition unit_run (later : list (context * bool)) (s : list entry) : list entry :=
  fold_left (fun s x => update (fst x) (unit_step (snd x)) s) later s.

(** [s] is made of beaten adds, stable removes, other removes, and what came later; [t] of the last two alone. *)
Definition beaten (stable : dot -> bool) (s t : list entry) : Prop :=
  exists adds old removes later,
    Permutation s (adds ++ old ++ removes ++ later) /\ Permutation t (removes ++ later) /\
    (forall a, In a adds -> e_add a = true) /\ (forall a, In a old -> e_add a = false /\ stable (e_dot a) = true) /\
    (forall a, In a removes -> e_add a = false) /\ ((old <> [] /\ later = []) \/ (old = [] /\ later <> [])).

Definition unit_present (s : list entry) : bool := present everything s.

Lemma unit_present_spec : forall s, unit_present s = true <-> (exists a, In a s /\ e_add a = true) /\ forall a, In a s -> e_add a = true.
Proof.
  intros s. unfold unit_present, present. rewrite andb_true_iff, negb_true_iff, existsb_exists, <- not_true_iff_false, existsb_exists.
  simpl. split; intros (H1 & H2); split; auto.
  - intros a Ha. destruct (e_add a) eqn:E; auto. exfalso. apply H2. exists a. now rewrite E.
  - intros (a & Ha & N). rewrite (H2 a Ha) in N. discriminate.
Qed.

Lemma beaten_reads_equal : forall stable s t, beaten stable s t -> unit_present s = unit_present t.
Proof.
  intros stable s t (adds & old & removes & later & Ps & Pt & Ha & Ho & Hr & Case). unfold unit_present.
  rewrite (present_permutation everything _ _ Ps), (present_permutation everything _ _ Pt).
  change (unit_present (adds ++ old ++ removes ++ later) = unit_present (removes ++ later)).
  apply eq_true_iff_eq. rewrite !unit_present_spec. destruct Case as [(Hold & ->)|(-> & Hlater)].
  - split; intros ((a & Hin & E) & All); exfalso.
    + destruct old as [|o old]; [congruence|]. destruct (Ho o) as (Eo & _); [now left|].
      rewrite All in Eo; [discriminate|]. rewrite !in_app_iff. simpl. auto.
    + rewrite app_nil_r in Hin. rewrite (Hr a Hin) in E. discriminate.
  - simpl. split; intros ((a & Hin & E) & All).
    + assert (All' : forall b, In b (removes ++ later) -> e_add b = true) by (intros b Hb; apply All; apply in_app_iff; auto).
      split; auto. destruct later as [|b later]; [congruence|]. exists b. split; [apply in_app_iff; simpl; auto|].
      apply All', in_app_iff. simpl. auto.
    + split; [exists a; split; auto; apply in_app_iff; auto|]. intros b Hb. apply in_app_iff in Hb. destruct Hb; auto.
Qed.

Lemma beaten_stays : forall stable s t c add, knows_stable stable c -> beaten stable s t ->
  beaten stable (update c (unit_step add) s) (update c (unit_step add) t).
Proof.
  intros stable s t c add K (adds & old & removes & later & Ps & Pt & Ha & Ho & Hr & _).
  unfold update. simpl. set (own_entry := {| e_dot := own c; e_time := time c; e_value := 0%Z; e_add := add |}).
  set (f := fun a => negb (covers c (e_dot a))).
  exists (filter f adds), [], (filter f removes), (own_entry :: filter f later). simpl. split; [|split; [|split; [|split; [|split]]]].
  - apply permutation_filter with (f := f) in Ps. rewrite !filter_app in Ps.
    assert (E : filter f old = []).
    { apply filter_none. intros a Hin. unfold f. destruct (Ho a Hin) as (_ & S). now rewrite (K _ S). }
    rewrite E in Ps. simpl in Ps. rewrite Ps, !app_assoc. apply Permutation_middle.
  - apply permutation_filter with (f := f) in Pt. rewrite filter_app in Pt. rewrite Pt. apply Permutation_middle.
  - intros a Hin. apply filter_In in Hin. apply Ha. tauto.
  - intros a [].
  - intros a Hin. apply filter_In in Hin. apply Hr. tauto.
  - right. split; auto. discriminate.
Qed.

Lemma dropped_is_beaten : forall stable s, existsb (fun a => negb (e_add a) && stable (e_dot a)) s = true ->
  beaten stable s (drop_removes stable s).
Proof.
  intros stable s E. unfold drop_removes. rewrite E.
  exists (filter e_add s), (filter (fun a => negb (e_add a) && stable (e_dot a)) s),
         (filter (fun a => negb (e_add a) && negb (stable (e_dot a))) s), [].
  rewrite !app_nil_r. split; [|split; [reflexivity|split; [|split; [|split]]]].
  - clear E. induction s as [|a s IH]; simpl; [constructor|]. destruct (e_add a); simpl; [now constructor|].
    destruct (stable (e_dot a)); simpl.
    + rewrite <- Permutation_middle. now constructor.
    + rewrite app_assoc, <- Permutation_middle, <- app_assoc. now constructor.
  - intros a Hin. apply filter_In in Hin. tauto.
  - intros a Hin. apply filter_In in Hin. destruct Hin as (_ & H). apply andb_true_iff in H. rewrite negb_true_iff in H. exact H.
  - intros a Hin. apply filter_In in Hin. destruct Hin as (_ & H). apply andb_true_iff in H. rewrite negb_true_iff in H. tauto.
  - left. split; auto. intros N. apply existsb_exists in E. destruct E as (a & Hin & Ha).
    assert (In a []) as []. rewrite <- N. now apply filter_In.
Qed.

Lemma unit_run_beaten : forall stable later s t, (forall x, In x later -> knows_stable stable (fst x)) -> beaten stable s t ->
  beaten stable (unit_run later s) (unit_run later t).
Proof.
  intros stable later. induction later as [|(c, add) later IH]; simpl; intros s t Hlater H; auto.
  apply IH; auto. apply beaten_stays; auto. apply (Hlater (c, add)). auto.
Qed.

Theorem dropping_removes_changes_no_read : forall stable s later, (forall x, In x later -> knows_stable stable (fst x)) ->
  unit_present (unit_run later (drop_removes stable s)) = unit_present (unit_run later s).
Proof.
  intros stable s later Hlater. destruct (existsb (fun a => negb (e_add a) && stable (e_dot a)) s) eqn:E.
  - symmetry. apply beaten_reads_equal with stable. apply unit_run_beaten; auto. now apply dropped_is_beaten.
  - unfold drop_removes. now rewrite E.
Qed.
