(** Every data type of CellType.java, with its state, its effect, its reads, and when two states are alike; and that transactions over any
    number of cells of any of these types converge. Java's types are in engine-core, package io.abelia.engine.crdt. A cell's effect here is
    what is left of all the operations of one transaction on that cell (OperationFolder.java). *)

Require Import ZArith List Permutation Bool Lia Setoid Morphisms.
Import ListNotations.
From Abelia Require Import Convergence VectorClock Numbers.

(** ** What an effect may know: the dot and the hybrid time of its transaction, and what that had observed. EffectContext.java *)

Record context := { own : dot; time : Z; observed : clock }.

Definition dot_eq (a b : dot) : {a = b} + {a <> b}.
Proof. decide equality; apply Nat.eq_dec. Defined.
Definition is_dot (a b : dot) : bool := if dot_eq a b then true else false.

Lemma is_dot_true : forall a b, is_dot a b = true <-> a = b.
Proof. intros a b. unfold is_dot. destruct (dot_eq a b); intuition congruence. Qed.

(** RecordClock.covers: a transaction's own dot counts as observed, so that a clear and a write of one transaction are one step. *)
Definition covers (c : context) (d : dot) : bool := is_dot d (own c) || Nat.leb (snd d) (observed c (fst d)).

(** Neither had observed the other. *)
Definition apart (a b : context) := covers a (own b) = false /\ covers b (own a) = false.

(** ** What a data type is, and what makes it converge *)

Record data_type := {
  state : Type;
  operation : Type; (* what one transaction does to one cell *)
  initial : state;
  effect : context -> operation -> state -> state;
  alike : state -> state -> Prop;
  sound : list dot -> state -> Prop; (* what holds of the state of a cell once the transactions of these dots have been delivered *)
  query : Type;
  answer : Type;
  read : query -> state -> answer
}.

Record laws (d : data_type) : Prop := {
  alike_is_equivalence : Equivalence (alike d);
  effect_is_proper : forall c o s s', alike d s s' -> alike d (effect d c o s) (effect d c o s');
  read_is_proper : forall q s s', alike d s s' -> read d q s = read d q s';
  sound_initially : sound d [] (initial d);
  sound_with_more : forall ds es s, incl ds es -> sound d ds s -> sound d es s;
  sound_after : forall c o ds s, ~ In (own c) ds -> sound d ds s -> sound d (own c :: ds) (effect d c o s);
  effects_commute : forall a b x y ds s, apart a b -> ~ In (own a) ds -> ~ In (own b) ds -> sound d ds s ->
    alike d (effect d a x (effect d b y s)) (effect d b y (effect d a x s))
}.

(** ** Steps that commute one by one commute list by list *)
Section Folds.
  Variable S X : Type.
  Variable near : S -> S -> Prop.
  Variable good : S -> Prop.
  Variable f : X -> S -> S.

  Definition each {Z} (h : Z -> S -> S) (l : list Z) (s : S) : S := fold_left (fun s x => h x s) l s.

  Lemma each_good : (forall x s, good s -> good (f x s)) -> forall l s, good s -> good (each f l s).
  Proof. intros Hf. induction l as [|x l IH]; simpl; intros s H; [exact H|]. apply IH, Hf, H. Qed.

  Lemma each_proper : (forall x s s', near s s' -> near (f x s) (f x s')) ->
    forall l s s', near s s' -> near (each f l s) (each f l s').
  Proof. intros Hf. induction l as [|x l IH]; simpl; intros s s' H; [exact H|]. apply IH, Hf, H. Qed.
End Folds.

Section TwoFolds.
  Variable S X Y : Type.
  Variable near : S -> S -> Prop.
  Context {near_equivalence : Equivalence near}.
  Variable good : S -> Prop.
  Variable f : X -> S -> S.
  Variable g : Y -> S -> S.

  Lemma each_commutes :
    (forall x s s', near s s' -> near (f x s) (f x s')) -> (forall y s s', near s s' -> near (g y s) (g y s')) ->
    (forall x s, good s -> good (f x s)) -> (forall y s, good s -> good (g y s)) ->
    (forall x y s, good s -> near (f x (g y s)) (g y (f x s))) ->
    forall l m s, good s -> near (each S f l (each S g m s)) (each S g m (each S f l s)).
  Proof.
    intros Pf Pg Gf Gg C.
    assert (One : forall x m s, good s -> near (f x (each S g m s)) (each S g m (f x s))).
    { intros x m. induction m as [|y m IH]; simpl; intros s H; [reflexivity|].
      etransitivity; [apply IH, Gg, H|]. apply each_proper; [exact Pg|]. now apply C. }
    induction l as [|x l IH]; simpl; intros m s H; [reflexivity|].
    etransitivity; [|apply IH, Gf, H]. apply each_proper; [exact Pf|]. now apply One.
  Qed.
End TwoFolds.

Lemma existsb_same : forall A (f : A -> bool) l m, (forall x, In x l <-> In x m) -> existsb f l = existsb f m.
Proof.
  intros A f l m H. apply eq_true_iff_eq. rewrite !existsb_exists. split; intros (x & Hx & E); exists x; split; auto; now apply H.
Qed.

Lemma existsb_permutation : forall A (f : A -> bool) l m, Permutation l m -> existsb f l = existsb f m.
Proof. intros A f l m H. apply existsb_same. intros x. split; apply Permutation_in; [|symmetry]; exact H. Qed.

Lemma permutation_filter : forall A (f : A -> bool) l m, Permutation l m -> Permutation (filter f l) (filter f m).
Proof.
  intros A f l m H. induction H as [|x l m H IH|x y l|l m n H1 IH1 H2 IH2]; simpl.
  - constructor.
  - destruct (f x); auto.
  - destruct (f x), (f y); auto. constructor.
  - etransitivity; eauto.
Qed.

Lemma filter_filter : forall A (f g : A -> bool) l, filter f (filter g l) = filter g (filter f l).
Proof.
  intros A f g. induction l as [|x l IH]; simpl; auto.
  destruct (g x) eqn:G, (f x) eqn:F; simpl; rewrite ?F, ?G; congruence.
Qed.

(** ** Types whose effects commute whatever was observed: a cell is absent until the first transaction that writes it *)
Section Numeric.
  Variable S Op Q A : Type.
  Variable near : S -> S -> Prop.
  Context {near_equivalence : Equivalence near}.
  Variable good : S -> Prop.
  Variable first : context -> Op -> S.
  Variable more : context -> Op -> S -> S.
  Variable show : Q -> option S -> A.

  Definition near_option (s t : option S) : Prop :=
    match s, t with Some v, Some w => near v w | None, None => True | _, _ => False end.

  Definition numeric : data_type := {|
    state := option S; operation := Op; initial := None;
    effect := fun c o s => Some (match s with Some v => more c o v | None => first c o end);
    alike := near_option;
    sound := fun _ s => match s with Some v => good v | None => True end;
    query := Q; answer := A; read := show |}.

  Lemma numeric_laws :
    (forall c o, good (first c o)) -> (forall c o s, good s -> good (more c o s)) ->
    (forall c o s s', near s s' -> near (more c o s) (more c o s')) ->
    (forall q s s', near_option s s' -> show q s = show q s') ->
    (forall a b x y, near (more a x (first b y)) (more b y (first a x))) ->
    (forall a b x y s, good s -> near (more a x (more b y s)) (more b y (more a x s))) ->
    laws numeric.
  Proof.
    intros G1 G2 P R C1 C2. split; simpl; auto.
    - split; red.
      + intros [v|]; simpl; [reflexivity|exact I].
      + intros [v|] [w|]; simpl; try tauto. now symmetry.
      + intros [v|] [w|] [u|]; simpl; try tauto. intros. etransitivity; eauto.
    - intros c o [v|] [w|] H; simpl in *; try tauto; [auto|reflexivity].
    - intros c o ds [v|] _ H; auto.
    - intros a b x y ds [v|] _ _ _ H; simpl; auto.
  Qed.
End Numeric.

(** A type whose states are alike only if they are equal, and whose first operation works on a given value. *)
Definition from_zero {S Op Q A} (zero : S) (good : S -> Prop) (more : context -> Op -> S -> S) (show : Q -> option S -> A) : data_type :=
  numeric S Op Q A eq good (fun c o => more c o zero) more show.

Lemma from_zero_laws : forall S Op Q A zero (good : S -> Prop) more (show : Q -> option S -> A),
  good zero -> (forall c (o : Op) s, good s -> good (more c o s)) ->
  (forall a b x y s, good s -> more a x (more b y s) = more b y (more a x s)) ->
  laws (from_zero zero good more show).
Proof.
  intros S Op Q A zero good more show Gz G C. apply numeric_laws; auto.
  - typeclasses eauto.
  - intros; now subst.
  - intros q [v|] [w|]; simpl; intuition congruence.
Qed.

Open Scope Z_scope.

(** COUNTER: two limbs of 64 bits. Counter.java *)
Definition limbs (z : Z) : Z * Z := ((z / W) mod W, z mod W).
Definition in_limbs (s : Z * Z) := 0 <= fst s < W /\ 0 <= snd s < W.
Definition add_number (z : Z) (s : Z * Z) : Z * Z := add_limbs (fst s) (snd s) (fst (limbs z)) (snd (limbs z)).
Definition counter : data_type :=
  from_zero (0, 0) in_limbs (fun _ => add_number) (fun _ : unit => option_map (fun s => signed (value (fst s) (snd s)))).

Lemma limbs_in_limbs : forall z, in_limbs (limbs z).
Proof. intros z. split; apply Z.mod_pos_bound; exact W_positive. Qed.

Lemma add_number_spec : forall z s, in_limbs s ->
  in_limbs (add_number z s) /\
  value (fst (add_number z s)) (snd (add_number z s)) = (value (fst s) (snd s) + value (fst (limbs z)) (snd (limbs z))) mod (W * W).
Proof.
  intros z (h, l) (Hh & Hl). pose proof (limbs_in_limbs z) as (Hdh & Hdl). simpl in Hh, Hl.
  pose proof (limbs_add h l (fst (limbs z)) (snd (limbs z)) Hl Hdl) as H.
  pose proof W_positive as HW.
  assert (Hhigh : 0 <= fst (add_number z (h, l)) < W) by (apply Z.mod_pos_bound; exact HW).
  unfold add_number in *. simpl fst in *. simpl snd in *.
  destruct (add_limbs h l (fst (limbs z)) (snd (limbs z))) as (h', l'). destruct H as (H & Hl').
  simpl fst in *. simpl snd in *. split; [split; auto|]. rewrite <- H. symmetry. apply Z.mod_small.
  unfold value. nia.
Qed.

Lemma limbs_unique : forall s t, in_limbs s -> in_limbs t -> value (fst s) (snd s) = value (fst t) (snd t) -> s = t.
Proof.
  intros (h, l) (h', l') (Hh & Hl) (Hh' & Hl') E. unfold value in E. simpl in *.
  assert (h = h') by (clear - Hl Hl' E; nia). subst. f_equal. lia.
Qed.

Lemma counter_laws : laws counter.
Proof.
  apply from_zero_laws.
  - split; simpl; pose proof W_positive; lia.
  - intros _ z s H. now apply add_number_spec.
  - intros _ _ x y s H.
    destruct (add_number_spec x s H) as (Gx & Ex). destruct (add_number_spec y s H) as (Gy & Ey).
    destruct (add_number_spec x _ Gy) as (Gxy & Exy). destruct (add_number_spec y _ Gx) as (Gyx & Eyx).
    apply limbs_unique; auto. rewrite Exy, Eyx, Ex, Ey, !Z.add_mod_idemp_l by (pose proof W_positive; nia). f_equal. lia.
Qed.

(** DOUBLE_SUM: what a read rounds is this total. DoubleSum.java *)
Definition nothing_added : total := {| units := 0; nans := 0; plus := 0; minus := 0 |}.
Definition double_sum : data_type :=
  from_zero nothing_added (fun _ => True) (fun _ => each total add_double) (fun (_ : unit) (s : option total) => s).

Lemma double_sum_laws : laws double_sum.
Proof.
  apply from_zero_laws; auto. intros _ _ x y s _. apply each_commutes with (near := eq) (good := fun _ => True); auto.
  - typeclasses eauto.
  - intros d t t' H. now subst.
  - intros d t t' H. now subst.
  - intros a b t _. apply double_sum_commutes.
Qed.

(** PRODUCT: a transaction multiplies by the exact product of its factors, or by "too great". Product.java *)
Definition product_cell : data_type :=
  from_zero (product_of 1) (fun s => exists z, s = product_of z) (fun _ z => times (product_of z))
    (fun (_ : unit) (s : option product) => s).

Lemma product_laws : laws product_cell.
Proof.
  apply from_zero_laws.
  - now exists 1.
  - intros _ z s (y & ->). exists (z * y). apply times_is_exact.
  - intros _ _ x y s (z & ->). apply product_commutes.
Qed.

(** MAX, MIN, and of doubles as their sortable bits; FLAG_OR, FLAG_AND. Extremum.java, Flag.java *)
Definition extremum {Op S} (f : S -> S -> S) (offered : Op -> S) : data_type :=
  numeric S Op unit (option S) eq (fun _ => True) (fun _ o => offered o) (fun _ o s => f s (offered o)) (fun _ s => s).

Lemma extremum_laws : forall Op S (f : S -> S -> S) (offered : Op -> S),
  (forall a b, f a b = f b a) -> (forall a b c, f (f a b) c = f a (f b c)) -> laws (extremum f offered).
Proof.
  intros Op S f offered C A. apply numeric_laws; auto.
  - typeclasses eauto.
  - intros; now subst.
  - intros q [v|] [w|]; simpl; intuition congruence.
  - intros _ _ x y s _. rewrite !A. f_equal. apply C.
Qed.

Definition double_bits := (bool * Z)%type. (* sign and the other 63 bits; the one NaN is above all others *)
Definition sorted_bits (d : double_bits) : Z := sortable (fst d) (snd d).

(** INTERSECT_SET: the first set given, then what it has in common with each other. IntersectSet.java *)
Definition element := Z. (* the canonical bytes of a value, as a number *)
Definition among (l : list element) (e : element) : bool := if in_dec Z.eq_dec e l then true else false.
Inductive set_query := Contains (e : element) | Size.
Definition intersect_set : data_type :=
  numeric (list element) (list element) set_query (option Z) (@Permutation element) (fun _ => True)
    (fun _ o => nodup Z.eq_dec o) (fun _ o s => filter (among o) s)
    (fun q => option_map (fun s => match q with Contains e => Z.b2z (among s e) | Size => Z.of_nat (length s) end)).

Lemma among_true : forall l e, among l e = true <-> In e l.
Proof. intros l e. unfold among. destruct (in_dec Z.eq_dec e l); intuition congruence. Qed.

Lemma among_permutation : forall l m e, Permutation l m -> among l e = among m e.
Proof.
  intros l m e H. apply eq_true_iff_eq. rewrite !among_true. split; apply Permutation_in; [|symmetry]; exact H.
Qed.

Lemma intersect_set_laws : laws intersect_set.
Proof.
  apply numeric_laws; auto.
  - apply Permutation_Equivalence.
  - intros _ o s s' H. now apply permutation_filter.
  - intros q [s|] [s'|] H; simpl in *; try tauto. f_equal. destruct q as [e|].
    + now rewrite (among_permutation s s').
    + now rewrite (Permutation_length H).
  - intros _ _ x y. apply NoDup_Permutation.
    + apply NoDup_filter, NoDup_nodup.
    + apply NoDup_filter, NoDup_nodup.
    + intros e. rewrite !filter_In, !nodup_In, !among_true. tauto.
  - intros _ _ x y s _. now rewrite filter_filter.
Qed.

(** SKETCH: registers, each of which keeps the greatest rank offered. The estimate, like the bytes of the state, is a function of what
    the registers read. Sketch.java *)
Definition registers := nat -> Z.
Definition no_register : registers := fun _ => 0.
Definition offer (entry : nat * Z) (s : registers) : registers :=
  fun r => if Nat.eqb r (fst entry) then Z.max (s r) (snd entry) else s r.
Definition same_registers (s t : registers) := forall r, s r = t r.
Definition sketch : data_type :=
  numeric registers (list (nat * Z)) nat (option Z) same_registers (fun _ => True)
    (fun _ o => each registers offer o no_register) (fun _ => each registers offer)
    (fun r => option_map (fun s => s r)).

Global Instance same_registers_equivalence : Equivalence same_registers.
Proof. split; red; unfold same_registers; intros; congruence. Qed.

Lemma offer_proper : forall e s t, same_registers s t -> same_registers (offer e s) (offer e t).
Proof. intros e s t H r. unfold offer. now rewrite H. Qed.

Lemma offers_commute : forall l m s,
  same_registers (each registers offer l (each registers offer m s)) (each registers offer m (each registers offer l s)).
Proof.
  intros l m s. apply each_commutes with (near := same_registers) (good := fun _ => True); auto using offer_proper.
  - typeclasses eauto.
  - intros (r, k) (q, j) t _ p. unfold offer. simpl. destruct (Nat.eqb p r), (Nat.eqb p q); auto; lia.
Qed.

Lemma sketch_laws : laws sketch.
Proof.
  apply numeric_laws; auto.
  - typeclasses eauto.
  - intros _ o s s' H. apply each_proper; auto using offer_proper.
  - intros q [s|] [s'|] H; simpl in *; try tauto. f_equal. apply H.
  - intros _ _ x y. apply offers_commute.
  - intros _ _ x y s _. apply offers_commute.
Qed.

(** BOUNDED_COUNTER: holders of rights, ascending, those without rights left out; rights are 64-bit numbers that wrap (Escrow.v says
    when they do not). The number of each holder's node, which is kept beside its rights, is left out here. BoundedCounter.java *)
Definition holders := list (nat * Z).
Definition put (h : nat) (r : Z) (s : holders) : holders := if r =? 0 then s else (h, r) :: s.
Fixpoint add_rights (h : nat) (d : Z) (s : holders) : holders :=
  match s with
  | [] => put h (wrap64 d) []
  | (g, r) :: s' => if Nat.ltb h g then put h (wrap64 d) s
                    else if Nat.eqb h g then put h (wrap64 (r + d)) s' else (g, r) :: add_rights h d s'
  end.
Fixpoint rights_of (h : nat) (s : holders) : Z :=
  match s with [] => 0 | (g, r) :: s' => if Nat.eqb h g then r else rights_of h s' end.
Fixpoint ascending (s : holders) : Prop :=
  match s with
  | [] => True
  | (g, r) :: s' => r <> 0 /\ wrap64 r = r /\ (forall p, In p s' -> (g < fst p)%nat) /\ ascending s'
  end.

Lemma absent_rights : forall h s, (forall p, In p s -> (h < fst p)%nat) -> rights_of h s = 0.
Proof.
  induction s as [|(g, r) s IH]; simpl; intros H; auto.
  destruct (Nat.eqb_spec h g) as [->|]; [|apply IH; auto]. specialize (H (g, r) (or_introl eq_refl)). simpl in H. lia.
Qed.

Lemma put_ascending : forall h d s, (forall p, In p s -> (h < fst p)%nat) -> ascending s -> ascending (put h (wrap64 d) s).
Proof.
  intros h d s Hh Hs. unfold put. destruct (Z.eqb_spec (wrap64 d) 0); auto. simpl. auto using wrap64_wrapped.
Qed.

Lemma in_add_rights : forall p h d s, In p (add_rights h d s) -> fst p = h \/ In p s.
Proof.
  intros p h d s. induction s as [|(g, r) s IH]; simpl; unfold put.
  - destruct (wrap64 d =? 0); simpl; intuition (subst; auto).
  - destruct (Nat.ltb h g); [destruct (wrap64 d =? 0); simpl; intuition (subst; auto)|].
    destruct (Nat.eqb h g); [destruct (wrap64 (r + d) =? 0); simpl; intuition (subst; auto)|].
    simpl. intuition.
Qed.

Lemma add_rights_ascending : forall h d s, ascending s -> ascending (add_rights h d s).
Proof.
  intros h d. induction s as [|(g, r) s IH]; simpl; intros H.
  - apply put_ascending; simpl; tauto.
  - destruct H as (H0 & Hw & Hlt & Hs). destruct (Nat.ltb_spec h g).
    + apply put_ascending; simpl; auto. intros p [<-|Hp]; simpl; auto. specialize (Hlt p Hp). lia.
    + destruct (Nat.eqb_spec h g) as [->|]; [now apply put_ascending|]. simpl. repeat split; auto.
      intros p Hp. apply in_add_rights in Hp. destruct Hp as [->|Hp]; [lia|auto].
Qed.

Lemma rights_after : forall g h d s, ascending s ->
  rights_of g (add_rights h d s) = if Nat.eqb g h then wrap64 (rights_of g s + d) else rights_of g s.
Proof.
  intros g h d. induction s as [|(k, r) s IH]; simpl; intros H.
  - unfold put. destruct (Z.eqb_spec (wrap64 d) 0) as [E|E]; simpl; destruct (Nat.eqb g h); auto.
  - destruct H as (H0 & Hw & Hlt & Hs). destruct (Nat.ltb_spec h k) as [Hk|Hk].
    + unfold put. destruct (Z.eqb_spec (wrap64 d) 0) as [E|E]; simpl; destruct (Nat.eqb_spec g h) as [->|]; auto.
      * destruct (Nat.eqb_spec h k); [lia|]. rewrite absent_rights; auto. intros p Hp. specialize (Hlt p Hp). lia.
      * destruct (Nat.eqb_spec h k); [lia|]. rewrite absent_rights; auto. intros p Hp. specialize (Hlt p Hp). lia.
    + destruct (Nat.eqb_spec h k) as [->|Hne].
      * unfold put. destruct (Z.eqb_spec (wrap64 (r + d)) 0) as [E|E]; simpl.
        -- destruct (Nat.eqb_spec g k) as [->|]; auto. rewrite absent_rights; auto.
        -- destruct (Nat.eqb g k); auto.
      * simpl. rewrite IH by auto. destruct (Nat.eqb_spec g k) as [->|]; auto. destruct (Nat.eqb_spec k h); [lia|auto].
Qed.

(** Who holds how much determines the state, byte by byte. *)
Lemma holders_are_canonical : forall s t, ascending s -> ascending t -> (forall h, rights_of h s = rights_of h t) -> s = t.
Proof.
  induction s as [|(g, r) s IH]; intros [|(k, q) t] Hs Ht H; auto.
  - destruct Ht as (H0 & _). specialize (H k). simpl in H. rewrite Nat.eqb_refl in H. congruence.
  - destruct Hs as (H0 & _). specialize (H g). simpl in H. rewrite Nat.eqb_refl in H. congruence.
  - simpl in Hs, Ht. destruct Hs as (Hr & _ & Hg & Hs). destruct Ht as (Hq & _ & Hk & Ht).
    assert (g = k) as ->.
    { destruct (Nat.lt_trichotomy g k) as [L|[E|L]]; auto; exfalso.
      - pose proof (H g) as E. simpl in E. rewrite Nat.eqb_refl in E. destruct (Nat.eqb_spec g k); [lia|].
        rewrite absent_rights in E; [congruence|]. intros p Hp. specialize (Hk p Hp). lia.
      - pose proof (H k) as E. simpl in E. rewrite Nat.eqb_refl in E. destruct (Nat.eqb_spec k g); [lia|].
        rewrite absent_rights in E; [congruence|]. intros p Hp. specialize (Hg p Hp). lia. }
    assert (r = q) as ->. { specialize (H k). simpl in H. now rewrite Nat.eqb_refl in H. }
    f_equal. apply IH; auto. intros h. pose proof (H h) as E. simpl in E. destruct (Nat.eqb_spec h k) as [Ek|Nk]; auto.
    subst h. rewrite !absent_rights; auto.
Qed.

(** A transaction changes its author's rights and moves some from one holder to another. *)
Record rights_change := { own_change : Z; moves : list (nat * nat * Z) }.
Definition changes (c : context) (o : rights_change) : list (nat * Z) :=
  (fst (own c), own_change o) :: flat_map (fun m => let '(from, to, n) := m in [(from, - n); (to, n)]) (moves o).
Definition change_rights (c : context) (o : rights_change) : holders -> holders :=
  each holders (fun p => add_rights (fst p) (snd p)) (changes c o).
Inductive rights_query := Total | RightsOf (h : nat).
Definition bounded_counter : data_type :=
  from_zero [] ascending change_rights
    (fun q => option_map (fun s => match q with
                                   | Total => wrap64 (fold_right (fun p n => snd p + n) 0 s)
                                   | RightsOf h => rights_of h s
                                   end)).

Lemma add_rights_commute : forall h d g e s, ascending s ->
  add_rights h d (add_rights g e s) = add_rights g e (add_rights h d s).
Proof.
  intros h d g e s H. apply holders_are_canonical; auto using add_rights_ascending.
  intros k. rewrite !rights_after by auto using add_rights_ascending.
  destruct (Nat.eqb k h), (Nat.eqb k g); auto. rewrite !wrap64_twice. f_equal. lia.
Qed.

(** What is kept of a holder's rights is the sum of all that has changed them, in 64 bits; Escrow.v is about that sum. *)
Definition sum_for (h : nat) (l : list (nat * Z)) : Z := fold_right (fun p s => (if Nat.eqb h (fst p) then snd p else 0) + s) 0 l.

Theorem kept_rights_are_the_wrapped_sum : forall l h,
  rights_of h (each holders (fun p => add_rights (fst p) (snd p)) l []) = wrap64 (sum_for h l).
Proof.
  intros l h. assert (H : forall s, ascending s -> wrap64 (rights_of h s) = rights_of h s ->
    rights_of h (each holders (fun p => add_rights (fst p) (snd p)) l s) = wrap64 (rights_of h s + sum_for h l)).
  { induction l as [|(g, d) l IH]; intros s Hs Hw; cbn [sum_for fold_right each fold_left fst snd].
    - now rewrite Z.add_0_r, Hw.
    - pose proof (rights_after h g d s Hs) as R.
      change (fold_left ?f l ?s') with (each holders (fun p => add_rights (fst p) (snd p)) l s').
      rewrite IH by (auto using add_rights_ascending; rewrite R; destruct (Nat.eqb h g); auto using wrap64_wrapped).
      rewrite R. fold (sum_for h l). destruct (Nat.eqb h g).
      + rewrite wrap64_twice. f_equal. lia.
      + f_equal. }
  specialize (H [] I eq_refl). exact H.
Qed.

Lemma bounded_counter_laws : laws bounded_counter.
Proof.
  apply from_zero_laws.
  - exact I.
  - intros c o s H. unfold change_rights. apply each_good; auto. intros; now apply add_rights_ascending.
  - intros a b x y s H. unfold change_rights. apply each_commutes with (near := eq) (good := ascending); auto.
    + typeclasses eauto.
    + intros; now subst.
    + intros; now subst.
    + intros; now apply add_rights_ascending.
    + intros; now apply add_rights_ascending.
    + intros; now apply add_rights_commute.
Qed.

(** GROW_SET: union; a cell without elements is absent. GrowSet.java *)
Definition grow (e : element) (s : list element) : list element := if among s e then s else e :: s.
Definition grow_set : data_type := {|
  state := list element; operation := list element; initial := [];
  effect := fun _ => each (list element) grow;
  alike := @Permutation element; sound := fun _ _ => True;
  query := set_query; answer := Z;
  read := fun q s => match q with Contains e => Z.b2z (among s e) | Size => Z.of_nat (length s) end |}.

Lemma grow_proper : forall e s t, Permutation s t -> Permutation (grow e s) (grow e t).
Proof. intros e s t H. unfold grow. rewrite (among_permutation s t) by exact H. destruct (among t e); auto. Qed.

Lemma grow_commutes : forall e f s, Permutation (grow e (grow f s)) (grow f (grow e s)).
Proof.
  intros e f s. unfold grow. destruct (Z.eq_dec e f) as [->|N]; [reflexivity|].
  assert (H : forall a b, a <> b -> among (a :: s) b = among s b).
  { intros a b Hab. apply eq_true_iff_eq. rewrite !among_true. simpl. intuition congruence. }
  destruct (among s e) eqn:E, (among s f) eqn:F; rewrite ?H, ?E, ?F by congruence; auto. constructor.
Qed.

Lemma grow_set_laws : laws grow_set.
Proof.
  split; simpl; auto.
  - apply Permutation_Equivalence.
  - intros _ o s s' H. apply each_proper; auto using grow_proper.
  - intros [e|] s s' H; [now rewrite (among_permutation s s')|now rewrite (Permutation_length H)].
  - intros a b x y _ s _ _ _ _.
    apply each_commutes with (near := @Permutation element) (good := fun _ => True); auto using grow_proper, grow_commutes.
    apply Permutation_Equivalence.
Qed.

(** ** Types whose effects depend on what was observed: the state is a bag of entries, each with its dot *)

(** A write of a register, or an add or remove of a switch or of one element of a set. Dots.java, Writes.java *)
Record entry := { e_dot : dot; e_time : Z; e_value : Z; e_add : bool }.

(** One step drops the entries that the transaction has observed, among those that the step is about, and may leave an entry of its own. *)
Record step := { about : Z -> bool; leaves : option (Z * bool) }.

Definition trace (c : context) (o : option (Z * bool)) : list entry :=
  match o with Some (v, add) => [{| e_dot := own c; e_time := time c; e_value := v; e_add := add |}] | None => [] end.
Definition update (c : context) (st : step) (s : list entry) : list entry :=
  trace c (leaves st) ++ filter (fun a => negb (about st (e_value a) && covers c (e_dot a))) s.

Lemma update_proper : forall c st s t, Permutation s t -> Permutation (update c st s) (update c st t).
Proof. intros c st s t H. apply Permutation_app_head. now apply permutation_filter. Qed.

Lemma update_keeps_trace : forall a b st o, covers a (own b) = false ->
  filter (fun e => negb (about st (e_value e) && covers a (e_dot e))) (trace b o) = trace b o.
Proof. intros a b st [(v, k)|] H; simpl; auto. now rewrite H, andb_false_r. Qed.

Lemma updates_commute : forall a b x y s, apart a b ->
  Permutation (update a x (update b y s)) (update b y (update a x s)).
Proof.
  intros a b x y s (Hab & Hba). unfold update. rewrite !filter_app, !update_keeps_trace by auto.
  rewrite (filter_filter _ _ _ s). rewrite !app_assoc. apply Permutation_app_tail, Permutation_app_comm.
Qed.

Section Observing.
  Variable Op Q A : Type.
  Variable steps : Op -> list step.
  Variable show : Q -> list entry -> A.

  Definition observing : data_type := {|
    state := list entry; operation := Op; initial := [];
    effect := fun c o => each (list entry) (update c) (steps o);
    alike := @Permutation entry; sound := fun _ _ => True;
    query := Q; answer := A; read := show |}.

  Lemma observing_laws : (forall q s t, Permutation s t -> show q s = show q t) -> laws observing.
  Proof.
    intros R. split; simpl; auto.
    - apply Permutation_Equivalence.
    - intros c o s t H. apply each_proper; auto using update_proper.
    - intros a b x y _ s H _ _ _.
      apply each_commutes with (near := @Permutation entry) (good := fun _ => True); auto using update_proper, updates_commute.
      apply Permutation_Equivalence.
  Qed.
End Observing.

Definition everything (_ : Z) := true.
Definition only (e : element) (v : Z) := v =? e.

(** Present: somebody added it, and no remove stands against that. Dots.isPresent *)
Definition present (on : Z -> bool) (s : list entry) : bool :=
  existsb (fun a => on (e_value a) && e_add a) s && negb (existsb (fun a => on (e_value a) && negb (e_add a)) s).

Lemma present_permutation : forall on s t, Permutation s t -> present on s = present on t.
Proof. intros on s t H. unfold present. now rewrite !(existsb_permutation _ _ s t). Qed.

(** ENABLE_WINS, DISABLE_WINS: of the disables only DISABLE_WINS keeps any. Switch.java *)
Definition turn (keeps : bool) (enable : bool) : list step :=
  [{| about := everything; leaves := if enable then Some (0, true) else if keeps then Some (0, false) else None |}].
Definition switch (keeps : bool) : data_type := observing bool unit bool (turn keeps) (fun _ => present everything).

Lemma switch_laws : forall keeps, laws (switch keeps).
Proof. intros keeps. apply observing_laws. intros _ s t H. now apply present_permutation. Qed.

(** ADD_WINS_SET, REMOVE_WINS_SET: a set's entries, all elements together; ADD_WINS_SET may be cleared as well, before elements of the same
    transaction. ObservedRemoveSet.java *)
Inductive element_op := Add (e : element) | Remove (e : element).
Definition element_step (keeps : bool) (o : element_op) : step :=
  match o with
  | Add e => {| about := only e; leaves := Some (e, true) |}
  | Remove e => {| about := only e; leaves := if keeps then Some (e, false) else None |}
  end.
Definition clear_step : step := {| about := everything; leaves := None |}.
Definition set_size (s : list entry) : nat := length (filter (fun e => present (only e) s) (nodup Z.eq_dec (map e_value s))).
Definition read_set (q : set_query) (s : list entry) : Z :=
  match q with Contains e => Z.b2z (present (only e) s) | Size => Z.of_nat (set_size s) end.
Record set_operation := { clears : bool; elements : list element_op }.
Definition add_wins_set : data_type :=
  observing set_operation set_query Z
    (fun o => (if clears o then [clear_step] else []) ++ map (element_step false) (elements o)) read_set.
Definition remove_wins_set : data_type := observing (list element_op) set_query Z (map (element_step true)) read_set.

Lemma read_set_permutation : forall q s t, Permutation s t -> read_set q s = read_set q t.
Proof.
  intros [e|] s t H; simpl.
  - now rewrite (present_permutation _ s t).
  - f_equal. unfold set_size. rewrite (filter_ext _ (fun e => present (only e) t)).
    + apply Permutation_length, permutation_filter, NoDup_Permutation; auto using NoDup_nodup.
      intros e. rewrite !nodup_In. split; apply Permutation_in, Permutation_map; auto. now symmetry.
    + intros e. now apply present_permutation.
Qed.

(** ** Registers are read in the order of (hybrid time, origin, seq). Writes.compare *)

(** A total order of entries; what follows the dot never matters among transactions that have dots of their own. *)
Definition rank (a : entry) : list Z :=
  [e_time a; Z.of_nat (fst (e_dot a)); Z.of_nat (snd (e_dot a)); e_value a; Z.b2z (e_add a)].
Fixpoint up_to (k l : list Z) : bool :=
  match k, l with
  | [], _ => true
  | _ :: _, [] => false
  | x :: k', y :: l' => (x <? y) || ((x =? y) && up_to k' l')
  end.

Lemma up_to_total : forall k l, up_to k l = true \/ up_to l k = true.
Proof.
  induction k as [|x k IH]; intros [|y l]; simpl; auto.
  destruct (Z.ltb_spec x y), (Z.ltb_spec y x), (Z.eqb_spec x y), (Z.eqb_spec y x); simpl; auto; lia.
Qed.

Lemma up_to_both : forall k l, up_to k l = true -> up_to l k = true -> k = l.
Proof.
  induction k as [|x k IH]; intros [|y l]; simpl; auto; try discriminate. intros H1 H2.
  destruct (Z.ltb_spec x y), (Z.ltb_spec y x), (Z.eqb_spec x y), (Z.eqb_spec y x); simpl in *; try discriminate; try lia.
  f_equal; auto.
Qed.

Lemma up_to_transitive : forall k l m, up_to k l = true -> up_to l m = true -> up_to k m = true.
Proof.
  induction k as [|x k IH]; intros [|y l] [|z m]; simpl; auto; try discriminate. intros H1 H2.
  apply orb_true_iff in H1. apply orb_true_iff in H2. rewrite !andb_true_iff, !Z.ltb_lt, !Z.eqb_eq in *. apply orb_true_iff.
  rewrite andb_true_iff, Z.ltb_lt, Z.eqb_eq. destruct H1 as [H1|(-> & H1)], H2 as [H2|(-> & H2)].
  - left; lia.
  - now left.
  - now left.
  - right. split; auto. now apply IH with l.
Qed.

Lemma rank_injective : forall a b, rank a = rank b -> a = b.
Proof.
  intros [[o n] t v k] [[o' n'] t' v' k'] E. unfold rank in E. simpl in E. inversion E as [[Et Eo En Ev Ek]].
  apply Nat2Z.inj in Eo. apply Nat2Z.inj in En. subst. destruct k, k'; simpl in *; congruence.
Qed.

Definition not_after (a b : entry) : bool := up_to (rank a) (rank b).
Fixpoint insert (a : entry) (s : list entry) : list entry :=
  match s with [] => [a] | b :: s' => if not_after a b then a :: s else b :: insert a s' end.
Definition earliest_first (s : list entry) : list entry := fold_right insert [] s.

Lemma insert_commutes : forall a b s, insert a (insert b s) = insert b (insert a s).
Proof.
  assert (Anti : forall a b, not_after a b = true -> not_after b a = true -> a = b).
  { intros a b H1 H2. now apply rank_injective, up_to_both. }
  assert (Total : forall a b, not_after a b = false -> not_after b a = true).
  { intros a b H. unfold not_after in *. destruct (up_to_total (rank a) (rank b)); congruence. }
  assert (Trans : forall a b c, not_after a b = true -> not_after b c = true -> not_after a c = true).
  { intros a b c. apply up_to_transitive. }
  intros a b. induction s as [|c s IH]; simpl.
  - destruct (not_after a b) eqn:E, (not_after b a) eqn:F; auto.
    + now rewrite (Anti a b).
    + apply Total in E. congruence.
  - destruct (not_after b c) eqn:Eb, (not_after a c) eqn:Ea; simpl; rewrite ?Eb, ?Ea; auto.
    + destruct (not_after a b) eqn:E, (not_after b a) eqn:F; auto.
      * now rewrite (Anti a b).
      * apply Total in E. congruence.
    + destruct (not_after a b) eqn:E; auto. pose proof (Trans a b c E Eb). congruence.
    + destruct (not_after b a) eqn:E; auto. pose proof (Trans b a c E Ea). congruence.
    + now rewrite IH.
Qed.

Lemma earliest_first_permutation : forall s t, Permutation s t -> earliest_first s = earliest_first t.
Proof.
  intros s t H. induction H as [|x s t H IH|x y s|s t u H1 IH1 H2 IH2]; simpl; try congruence. apply insert_commutes.
Qed.

(** MV_REGISTER, LWW_REGISTER: a set drops what it has observed and leaves its write; a clear leaves nothing. Register.java *)
Inductive register_op := Set_ (v : Z) | Clear | ClearAndSet (v : Z).
Definition write_step (v : Z) : step := {| about := everything; leaves := Some (v, true) |}.
Definition register_steps (o : register_op) : list step :=
  match o with Set_ v => [write_step v] | Clear => [clear_step] | ClearAndSet v => [clear_step; write_step v] end.
Definition read_all (s : list entry) : list Z := map e_value (rev (earliest_first s)).
Definition read_last (s : list entry) : option Z := hd_error (read_all s).
Definition read_first (s : list entry) : option Z := hd_error (map e_value (earliest_first s)).
Definition mv_register : data_type := observing register_op unit (list Z) register_steps (fun _ => read_all).
Definition lww_register : data_type := observing register_op unit (option Z) register_steps (fun _ => read_last).

(** FIRST_WRITER_REGISTER: writes that observed no other, and ghosts of writes that were cleared, each with the dot of a clear: a write
    is void if its transaction had observed a write that stands, or a cleared one without any clear of it. FirstWriterRegister.java *)
Record firsts := { standing : list entry; ghosts : list (dot * dot) }.
Definition clear_observed (c : context) (d : dot) (g : list (dot * dot)) : bool :=
  existsb (fun p => is_dot (fst p) d && covers c (snd p)) g.
Definition counts (c : context) (g : list (dot * dot)) (p : dot * dot) : bool := covers c (fst p) && negb (clear_observed c (fst p) g).
Definition is_void (c : context) (s : firsts) : bool :=
  existsb (fun a => covers c (e_dot a)) (standing s) || existsb (counts c (ghosts s)) (ghosts s).
Definition first_set (c : context) (v : Z) (s : firsts) : firsts :=
  if is_void c s then s else {| standing := trace c (Some (v, true)) ++ standing s; ghosts := ghosts s |}.
Definition first_clear (c : context) (s : firsts) : firsts := {|
  standing := filter (fun a => negb (covers c (e_dot a))) (standing s);
  ghosts := ghosts s ++ map (fun a => (e_dot a, own c)) (filter (fun a => covers c (e_dot a)) (standing s))
                     ++ map (fun p => (fst p, own c)) (filter (counts c (ghosts s)) (ghosts s)) |}.
Definition first_effect (c : context) (o : register_op) (s : firsts) : firsts :=
  match o with Set_ v => first_set c v s | Clear => first_clear c s | ClearAndSet v => first_set c v (first_clear c s) end.

Definition firsts_alike (s t : firsts) : Prop :=
  Permutation (standing s) (standing t) /\ forall p, In p (ghosts s) <-> In p (ghosts t).
(** What stands is no ghost, and all come from transactions that have been delivered. *)
Definition firsts_sound (ds : list dot) (s : firsts) : Prop :=
  (forall a, In a (standing s) -> In (e_dot a) ds) /\ (forall p, In p (ghosts s) -> In (fst p) ds) /\
  (forall a p, In a (standing s) -> In p (ghosts s) -> fst p <> e_dot a).
Definition first_writer_register : data_type := {|
  state := firsts; operation := register_op; initial := {| standing := []; ghosts := [] |};
  effect := first_effect; alike := firsts_alike; sound := firsts_sound;
  query := unit; answer := option Z; read := fun _ s => read_first (standing s) |}.

Global Instance firsts_alike_equivalence : Equivalence firsts_alike.
Proof.
  unfold firsts_alike. split; red.
  - intros s. split; [reflexivity|tauto].
  - intros s t (H & G). split; [now symmetry|]. intros p. now rewrite G.
  - intros s t u (H1 & G1) (H2 & G2). split; [now transitivity (standing t)|]. intros p. now rewrite G1.
Qed.

(** A write whose standing or ghost matters to a transaction: it had observed it, and no clear of it. *)
Definition touched (c : context) (s : firsts) (d : dot) : Prop :=
  covers c d = true /\
  ((exists a, In a (standing s) /\ e_dot a = d) \/
   ((exists p, In p (ghosts s) /\ fst p = d) /\ forall p, In p (ghosts s) -> fst p = d -> covers c (snd p) = false)).

Lemma clear_unobserved : forall c d g, clear_observed c d g = false <-> forall p, In p g -> fst p = d -> covers c (snd p) = false.
Proof.
  intros c d g. unfold clear_observed. rewrite <- not_true_iff_false, existsb_exists. split.
  - intros H p Hp E. apply not_true_is_false. intros C. apply H. exists p. rewrite C, (proj2 (is_dot_true _ _) E). auto.
  - intros H (p & Hp & E). apply andb_true_iff in E. destruct E as (E & C). apply is_dot_true in E. rewrite (H p Hp E) in C. discriminate.
Qed.

Lemma is_void_spec : forall c s, is_void c s = true <-> exists d, touched c s d.
Proof.
  intros c s. unfold is_void, touched. rewrite orb_true_iff, !existsb_exists. unfold counts. split.
  - intros [(a & Ha & C)|(p & Hp & E)].
    + exists (e_dot a). split; auto. left. now exists a.
    + apply andb_true_iff in E. destruct E as (C & E). apply negb_true_iff in E.
      exists (fst p). split; auto. right. split; [now exists p|].
      now apply clear_unobserved.
  - intros (d & C & [(a & Ha & <-)|((p & Hp & <-) & H)]).
    + left. now exists a.
    + right. exists p. split; auto. apply andb_true_iff. split; auto. apply negb_true_iff. now apply clear_unobserved.
Qed.

Lemma in_first_clear : forall c s p,
  In p (ghosts (first_clear c s)) <-> In p (ghosts s) \/ (snd p = own c /\ touched c s (fst p)).
Proof.
  intros c s [d k]. unfold touched. simpl. rewrite !in_app_iff, !in_map_iff. unfold counts. split.
  - intros [H|[(a & E & Ha)|(q & E & Hq)]]; auto; inversion E; subst; right.
    + apply filter_In in Ha. split; [auto|]. split; [tauto|]. left. exists a. tauto.
    + apply filter_In in Hq. destruct Hq as (Hq & C). apply andb_true_iff in C. destruct C as (C & N). apply negb_true_iff in N.
      split; [auto|]. split; [auto|]. right. split; [now exists q|]. now apply clear_unobserved.
  - intros [H|(-> & C & [(a & Ha & <-)|((q & Hq & <-) & N)])]; auto; right; [left|right].
    + exists a. split; auto. apply filter_In. auto.
    + exists q. split; auto. apply filter_In. split; auto. apply andb_true_iff. split; auto. apply negb_true_iff.
      now apply clear_unobserved.
Qed.

Lemma touched_alike : forall c s t d, firsts_alike s t -> touched c s d -> touched c t d.
Proof.
  intros c s t d (H & G) (C & D). split; auto. destruct D as [(a & Ha & E)|((p & Hp & E) & N)].
  - left. exists a. split; auto. now apply Permutation_in with (standing s).
  - right. split.
    + exists p. split; auto. now apply G.
    + intros q Hq. apply N. now apply G.
Qed.

Lemma is_void_alike : forall c s t, firsts_alike s t -> is_void c s = is_void c t.
Proof.
  intros c s t H. apply eq_true_iff_eq. rewrite !is_void_spec.
  split; intros (d & D); exists d; eapply touched_alike; eauto. now symmetry.
Qed.

Lemma first_set_proper : forall c v s t, firsts_alike s t -> firsts_alike (first_set c v s) (first_set c v t).
Proof.
  intros c v s t H. unfold first_set. rewrite (is_void_alike c s t H). destruct (is_void c t); auto.
  destruct H as (H & G). split; simpl; auto.
Qed.

Lemma first_clear_proper : forall c s t, firsts_alike s t -> firsts_alike (first_clear c s) (first_clear c t).
Proof.
  intros c s t H. split.
  - simpl. apply permutation_filter, H.
  - intros p. rewrite !in_first_clear. destruct H as (H & G). rewrite (G p).
    assert (T : touched c s (fst p) <-> touched c t (fst p)).
    { split; apply touched_alike; [|symmetry]; now split. }
    now rewrite T.
Qed.

Lemma first_clear_sound : forall c ds s, firsts_sound ds s -> firsts_sound ds (first_clear c s).
Proof.
  intros c ds s (S1 & S2 & S3). split; [|split].
  - simpl. intros a Ha. apply filter_In in Ha. apply S1. tauto.
  - intros p Hp. apply in_first_clear in Hp. destruct Hp as [Hp|(_ & _ & [(a & Ha & <-)|((q & Hq & <-) & _)])]; auto.
  - intros a p Ha Hp. simpl in Ha. apply filter_In in Ha. destruct Ha as (Ha & N). apply negb_true_iff in N.
    apply in_first_clear in Hp. destruct Hp as [Hp|(_ & C & _)]; [now apply S3|]. congruence.
Qed.

Lemma first_set_sound : forall c v ds s, ~ In (own c) ds -> firsts_sound ds s -> firsts_sound (own c :: ds) (first_set c v s).
Proof.
  intros c v ds s F (S1 & S2 & S3). unfold first_set. destruct (is_void c s).
  - split; [|split]; simpl; auto.
  - split; [|split]; simpl; auto.
    + intros a [<-|Ha]; simpl; auto.
    + intros a p [<-|Ha] Hp; simpl; [|now apply S3]. intros E. apply F. rewrite <- E. now apply S2.
Qed.

(** What a clear leaves behind of a write matters to a concurrent transaction as the write did. *)
Lemma touched_after_clear : forall a c ds s d, apart a c -> firsts_sound ds s -> touched a (first_clear c s) d <-> touched a s d.
Proof.
  intros a c ds s d (Hac & _) (_ & _ & Disjoint). unfold touched at 1. split.
  - intros (C & [(e & He & E)|((p & Hp & E) & N)]).
    + split; auto. left. exists e. simpl in He. apply filter_In in He. tauto.
    + assert (Hold : forall q, In q (ghosts s) -> fst q = d -> covers a (snd q) = false).
      { intros q Hq. apply N. apply in_first_clear. now left. }
      apply in_first_clear in Hp. rewrite E in Hp. destruct Hp as [Hp|(_ & _ & [Hs|(Hg & _)])]; split; auto.
      right. split; [now exists p|exact Hold].
  - intros (C & D). split; auto.
    assert (Hnew : (forall q, In q (ghosts s) -> fst q = d -> covers a (snd q) = false) ->
                   forall q, In q (ghosts (first_clear c s)) -> fst q = d -> covers a (snd q) = false).
    { intros N q Hq E. apply in_first_clear in Hq. destruct Hq as [Hq|(-> & _)]; auto. }
    destruct D as [(e & He & E)|((p & Hp & E) & N)].
    + destruct (covers c d) eqn:Cc.
      * right. split.
        -- exists (d, own c). split; auto. apply in_first_clear. right. split; auto. split; auto. left. now exists e.
        -- apply Hnew. intros q Hq Eq. exfalso. apply (Disjoint e q He Hq). congruence.
      * left. exists e. split; auto. simpl. apply filter_In. rewrite E, Cc. auto.
    + right. split; [|now apply Hnew]. exists p. split; auto. apply in_first_clear. now left.
Qed.

Lemma is_void_after_clear : forall a c ds s, apart a c -> firsts_sound ds s -> is_void a (first_clear c s) = is_void a s.
Proof.
  intros a c ds s Hac Hs. apply eq_true_iff_eq. rewrite !is_void_spec.
  split; intros (d & D); exists d; now apply (touched_after_clear a c ds s d).
Qed.

Lemma is_void_after_set : forall a b v s, apart a b -> is_void a (first_set b v s) = is_void a s.
Proof. intros a b v s (H & _). unfold first_set. destruct (is_void b s); auto. unfold is_void. simpl. now rewrite H. Qed.

Lemma set_set_commute : forall a b v w s, apart a b -> firsts_alike (first_set a v (first_set b w s)) (first_set b w (first_set a v s)).
Proof.
  intros a b v w s H. assert (H' : apart b a) by (destruct H; now split).
  unfold first_set at 1 3. rewrite !is_void_after_set by auto. unfold first_set.
  destruct (is_void a s), (is_void b s); try reflexivity. split; simpl; [constructor|tauto].
Qed.

Lemma set_clear_commute : forall a c v ds s, apart a c -> firsts_sound ds s ->
  firsts_alike (first_set a v (first_clear c s)) (first_clear c (first_set a v s)).
Proof.
  intros a c v ds s H Hs. unfold first_set. rewrite (is_void_after_clear a c ds s) by auto.
  destruct (is_void a s); [reflexivity|]. destruct H as (_ & H). unfold first_clear. simpl. rewrite H. simpl. reflexivity.
Qed.

Lemma clear_clear_commute : forall a c ds s, apart a c -> firsts_sound ds s ->
  firsts_alike (first_clear a (first_clear c s)) (first_clear c (first_clear a s)).
Proof.
  intros a c ds s H Hs. assert (H' : apart c a) by (destruct H; now split). split.
  - simpl. rewrite filter_filter. reflexivity.
  - intros p. rewrite !in_first_clear. rewrite (touched_after_clear a c ds s), (touched_after_clear c a ds s) by auto. tauto.
Qed.

(** Each operation is a clear or nothing, and then a write or nothing. *)
Definition clearing (c : context) (o : register_op) (s : firsts) := match o with Set_ _ => s | _ => first_clear c s end.
Definition setting (c : context) (o : register_op) (s : firsts) := match o with Clear => s | Set_ v | ClearAndSet v => first_set c v s end.

Lemma first_effect_parts : forall c o s, first_effect c o s = setting c o (clearing c o s).
Proof. intros c [v| |v] s; reflexivity. Qed.

Lemma clearing_sound : forall c o ds s, firsts_sound ds s -> firsts_sound ds (clearing c o s).
Proof. intros c [v| |v] ds s H; simpl; auto using first_clear_sound. Qed.

Lemma setting_proper : forall c o s t, firsts_alike s t -> firsts_alike (setting c o s) (setting c o t).
Proof. intros c [v| |v] s t H; simpl; auto using first_set_proper. Qed.

Lemma clearing_proper : forall c o s t, firsts_alike s t -> firsts_alike (clearing c o s) (clearing c o t).
Proof. intros c [v| |v] s t H; simpl; auto using first_clear_proper. Qed.

Lemma setting_setting : forall a b x y s, apart a b -> firsts_alike (setting a x (setting b y s)) (setting b y (setting a x s)).
Proof. intros a b [v| |v] [w| |w] s H; simpl; try reflexivity; now apply set_set_commute. Qed.

Lemma setting_clearing : forall a b x y ds s, apart a b -> firsts_sound ds s ->
  firsts_alike (setting a x (clearing b y s)) (clearing b y (setting a x s)).
Proof. intros a b [v| |v] [w| |w] ds s H Hs; simpl; try reflexivity; now apply set_clear_commute with ds. Qed.

Lemma clearing_clearing : forall a b x y ds s, apart a b -> firsts_sound ds s ->
  firsts_alike (clearing a x (clearing b y s)) (clearing b y (clearing a x s)).
Proof. intros a b [v| |v] [w| |w] ds s H Hs; simpl; try reflexivity; now apply clear_clear_commute with ds. Qed.

Lemma first_writer_laws : laws first_writer_register.
Proof.
  split; simpl.
  - typeclasses eauto.
  - intros c o s t H. rewrite !first_effect_parts. now apply setting_proper, clearing_proper.
  - intros _ s t (H & _). unfold read_first. now rewrite (earliest_first_permutation _ _ H).
  - split; [|split]; simpl; tauto.
  - intros ds es s I (S1 & S2 & S3). split; [|split]; auto.
  - intros c o ds s F H. rewrite first_effect_parts. apply (clearing_sound c o) in H. destruct o as [v| |v]; simpl in *.
    + now apply first_set_sound.
    + destruct H as (S1 & S2 & S3). split; [|split]; simpl in *; auto.
    + now apply first_set_sound.
  - intros a b x y ds s H _ _ Hs. assert (H' : apart b a) by (destruct H; now split). rewrite !first_effect_parts.
    transitivity (setting a x (setting b y (clearing a x (clearing b y s)))).
    { apply setting_proper. symmetry. apply setting_clearing with ds; auto. now apply clearing_sound. }
    transitivity (setting b y (setting a x (clearing a x (clearing b y s)))).
    { now apply setting_setting. }
    apply setting_proper. transitivity (setting a x (clearing b y (clearing a x s))).
    { apply setting_proper. now apply clearing_clearing with ds. }
    apply setting_clearing with ds; auto. now apply clearing_sound.
Qed.

(** ** All of them. CellType.java *)

Inductive cell_type :=
| COUNTER | DOUBLE_SUM | PRODUCT | MAX | MAX_DOUBLE | MIN | MIN_DOUBLE | FLAG_OR | FLAG_AND | ENABLE_WINS | DISABLE_WINS | GROW_SET
| INTERSECT_SET | ADD_WINS_SET | REMOVE_WINS_SET | MV_REGISTER | LWW_REGISTER | FIRST_WRITER_REGISTER | BOUNDED_COUNTER | SKETCH.

Definition type_of (t : cell_type) : data_type :=
  match t with
  | COUNTER => counter
  | DOUBLE_SUM => double_sum
  | PRODUCT => product_cell
  | MAX => extremum Z.max (fun z => z)
  | MAX_DOUBLE => extremum Z.max sorted_bits
  | MIN => extremum Z.min (fun z => z)
  | MIN_DOUBLE => extremum Z.min sorted_bits
  | FLAG_OR => extremum orb (fun b : bool => b)
  | FLAG_AND => extremum andb (fun b : bool => b)
  | ENABLE_WINS => switch false
  | DISABLE_WINS => switch true
  | GROW_SET => grow_set
  | INTERSECT_SET => intersect_set
  | ADD_WINS_SET => add_wins_set
  | REMOVE_WINS_SET => remove_wins_set
  | MV_REGISTER => mv_register
  | LWW_REGISTER => lww_register
  | FIRST_WRITER_REGISTER => first_writer_register
  | BOUNDED_COUNTER => bounded_counter
  | SKETCH => sketch
  end.

Theorem all_types_are_lawful : forall t, laws (type_of t).
Proof.
  intros []; simpl.
  - apply counter_laws.
  - apply double_sum_laws.
  - apply product_laws.
  - apply extremum_laws; [apply Z.max_comm|intros; now rewrite Z.max_assoc].
  - apply extremum_laws; [apply Z.max_comm|intros; now rewrite Z.max_assoc].
  - apply extremum_laws; [apply Z.min_comm|intros; now rewrite Z.min_assoc].
  - apply extremum_laws; [apply Z.min_comm|intros; now rewrite Z.min_assoc].
  - apply extremum_laws; [apply orb_comm|intros; now rewrite orb_assoc].
  - apply extremum_laws; [apply andb_comm|intros; now rewrite andb_assoc].
  - apply switch_laws.
  - apply switch_laws.
  - apply grow_set_laws.
  - apply intersect_set_laws.
  - apply observing_laws, read_set_permutation.
  - apply observing_laws, read_set_permutation.
  - apply observing_laws. intros _ s t H. unfold read_all. now rewrite (earliest_first_permutation s t).
  - apply observing_laws. intros _ s t H. unfold read_last, read_all. now rewrite (earliest_first_permutation s t).
  - apply first_writer_laws.
  - apply bounded_counter_laws.
  - apply sketch_laws.
Qed.

(** ** Transactions over cells of all types *)
Section Transactions.
  Variable Cell : Type.
  Variable kind : Cell -> cell_type.

  (** What a transaction is: its dot, hybrid time and observed clock, and what it does to each cell, which for most cells is nothing. *)
  Record transaction := { who : context; writes : forall c, option (operation (type_of (kind c))) }.
  Definition dot_of (t : transaction) : dot := own (who t).

  Definition on_cell (t : transaction) (c : Cell) (v : state (type_of (kind c))) : state (type_of (kind c)) :=
    match writes t c with Some o => effect (type_of (kind c)) (who t) o v | None => v end.

  Definition cells := forall c, state (type_of (kind c)).
  Definition empty_cells : cells := fun c => initial (type_of (kind c)).
  Definition all_alike (s s' : cells) := forall c, alike (type_of (kind c)) (s c) (s' c).
  Definition apply_to_cells (t : transaction) (s : cells) : cells := fun c => on_cell t c (s c).
  Definition run_cells (l : list transaction) (s : cells) : cells := run transaction cells apply_to_cells l s.

  Definition reads_equal (s s' : cells) := forall c q, read (type_of (kind c)) q (s c) = read (type_of (kind c)) q (s' c).

  (** Reads are functions of what states are alike. *)
  Theorem alike_states_read_equal : forall s s', all_alike s s' -> reads_equal s s'.
  Proof. intros s s' H c q. apply (read_is_proper _ (all_types_are_lawful (kind c))), H. Qed.

  Lemma run_cells_snoc : forall l t s, run_cells (l ++ [t]) s = apply_to_cells t (run_cells l s).
  Proof. induction l as [|a l IH]; simpl; auto. Qed.

  Lemma states_are_sound : forall l, NoDup (map dot_of l) ->
    forall c, sound (type_of (kind c)) (map dot_of l) (run_cells l empty_cells c).
  Proof.
    intros l. induction l as [|t l IH] using rev_ind; intros H c.
    - apply (sound_initially _ (all_types_are_lawful (kind c))).
    - rewrite map_app in H. simpl in H. pose proof (NoDup_remove _ _ _ H) as (Hl & Hfresh). rewrite app_nil_r in *.
      rewrite run_cells_snoc. unfold apply_to_cells, on_cell. pose proof (all_types_are_lawful (kind c)) as L.
      destruct (writes t c) as [o|].
      + apply (sound_with_more _ L (dot_of t :: map dot_of l)).
        * intros d [<-|Hd]; rewrite map_app, in_app_iff; simpl; auto.
        * apply (sound_after _ L); auto.
      + apply (sound_with_more _ L (map dot_of l)); auto. intros d Hd. rewrite map_app, in_app_iff. auto.
  Qed.

  (** Any two orders of one set of transactions, whatever they do to however many cells of whatever types, end in stores that are
      alike, and so read equal: if nothing comes before what it had observed, and no two transactions share a dot. *)
  Theorem all_types_converge : forall (before : transaction -> transaction -> Prop) l1 l2,
    (forall a b, In a l1 -> In b l1 -> a <> b -> covers (who a) (dot_of b) = true -> before b a) ->
    NoDup (map dot_of l1) ->
    causal transaction before l1 -> causal transaction before l2 -> Permutation l1 l2 ->
    all_alike (run_cells l1 empty_cells) (run_cells l2 empty_cells) /\
    reads_equal (run_cells l1 empty_cells) (run_cells l2 empty_cells).
  Proof.
    intros before l1 l2 Observed Dots C1 C2 P.
    assert (H : all_alike (run_cells l1 empty_cells) (run_cells l2 empty_cells)).
    { unshelve eapply (multi_key_convergence Cell transaction (fun c => state (type_of (kind c))) (fun c => alike (type_of (kind c)))
        on_cell _ before l1 l2 empty_cells); eauto.
      - intros c. apply alike_is_equivalence, all_types_are_lawful.
      - intros t c v w H. unfold on_cell. destruct (writes t c); auto. apply (effect_is_proper _ (all_types_are_lawful (kind c))), H.
      - intros p a b Hin Hc Hn (Hab & Hba) c.
        assert (Ia : In a l1) by (apply Hin, in_app_iff; simpl; auto).
        assert (Ib : In b l1) by (apply Hin, in_app_iff; simpl; auto).
        assert (Nab : a <> b).
        { intros ->. apply NoDup_remove_2 in Hn. apply Hn, in_app_iff. simpl. auto. }
        assert (Dp : NoDup (map dot_of (p ++ [a; b]))).
        { clear - Hin Hn Dots. induction (p ++ [a; b]) as [|x l IH]; simpl; [constructor|].
          inversion Hn as [|? ? Hx Hn']; subst. constructor.
          - intros E. apply in_map_iff in E. destruct E as (y & E & Hy). apply Hx.
            assert (x = y) as ->; auto.
            assert (Inj : forall u v, In u l1 -> In v l1 -> dot_of u = dot_of v -> u = v).
            { clear - Dots. induction l1 as [|z m IHm]; simpl; [tauto|]. inversion Dots as [|? ? Hz Dots']; subst.
              intros u v [<-|Hu] [<-|Hv] E; auto; exfalso; apply Hz; [rewrite E|rewrite <- E]; now apply in_map. }
            apply Inj; auto; apply Hin; [now left|now right].
          - apply IH; auto. intros y Hy. apply Hin. now right. }
        rewrite map_app in Dp. simpl in Dp.
        assert (Sp : sound (type_of (kind c)) (map dot_of p) (run_cells p empty_cells c)).
        { apply states_are_sound. clear - Dp. induction (map dot_of p) as [|x l IH]; [constructor|].
          simpl in Dp. inversion Dp; subst. constructor; auto. intros Hx. apply H1, in_app_iff. auto. }
        assert (Fa : ~ In (dot_of a) (map dot_of p)).
        { intros F. apply NoDup_remove_2 in Dp. apply Dp, in_app_iff. auto. }
        assert (Fb : ~ In (dot_of b) (map dot_of p)).
        { intros F. change [dot_of a; dot_of b] with ([dot_of a] ++ [dot_of b]) in Dp. rewrite app_assoc in Dp.
          apply NoDup_remove_2 in Dp. apply Dp. rewrite app_nil_r. apply in_app_iff. auto. }
        unfold on_cell. pose proof (all_types_are_lawful (kind c)) as L. pose proof (alike_is_equivalence _ L) as E.
        destruct (writes a c) as [x|], (writes b c) as [y|]; try reflexivity.
        apply (effects_commute _ L) with (ds := map dot_of p); auto. split.
        + apply not_true_is_false. intros K. apply Hba. now apply Observed.
        + apply not_true_is_false. intros K. apply Hab. apply Observed; auto.
      - now apply NoDup_map_inv in Dots. }
    split; [exact H|now apply alike_states_read_equal].
  Qed.

End Transactions.

(** ** removeRow: a transaction that clears what its snapshot contains of a row. Rows.remove *)

Definition removal (t : cell_type) : state (type_of t) -> option (operation (type_of t)) :=
  match t with
  | ENABLE_WINS | DISABLE_WINS => fun _ => Some false
  | ADD_WINS_SET => fun _ => Some {| clears := true; elements := [] |}
  | REMOVE_WINS_SET => fun s => Some (map Remove (filter (fun e => present (only e) s) (nodup Z.eq_dec (map e_value s))))
  | MV_REGISTER | LWW_REGISTER | FIRST_WRITER_REGISTER => fun _ => Some Clear
  | _ => fun _ => None (* Java refuses to remove a row with such a cell *)
  end.

(** It is a transaction as any other, so [all_types_converge] is about it, too. *)
Definition remove_row (Cell : Type) (kind : Cell -> cell_type) (row : Cell -> bool) (snapshot : cells Cell kind) (c : context)
  : transaction Cell kind := {| who := c; writes := fun d => if row d then removal (kind d) (snapshot d) else None |}.

Definition clearable (t : cell_type) : bool :=
  match t with
  | ENABLE_WINS | DISABLE_WINS | ADD_WINS_SET | REMOVE_WINS_SET | MV_REGISTER | LWW_REGISTER | FIRST_WRITER_REGISTER => true
  | _ => false
  end.

(** All that a cell's reads depend on had been observed; nothing is left to be read. *)
Definition all_observed (c : context) (t : cell_type) : state (type_of t) -> Prop :=
  let over (l : list entry) := forall a, In a l -> covers c (e_dot a) = true in
  match t with
  | ENABLE_WINS | DISABLE_WINS | ADD_WINS_SET | REMOVE_WINS_SET | MV_REGISTER | LWW_REGISTER => over
  | FIRST_WRITER_REGISTER => fun s => over (standing s)
  | _ => fun _ => True
  end.
Definition reads_nothing (t : cell_type) : state (type_of t) -> Prop :=
  match t with
  | ENABLE_WINS | DISABLE_WINS => fun s => present everything s = false
  | ADD_WINS_SET | REMOVE_WINS_SET => fun s => forall e, present (only e) s = false
  | MV_REGISTER | LWW_REGISTER => fun s => read_all s = []
  | FIRST_WRITER_REGISTER => fun s => read_first (standing s) = None
  | _ => fun _ => True
  end.

Lemma filter_none : forall A (f : A -> bool) l, (forall a, In a l -> f a = false) -> filter f l = [].
Proof.
  induction l as [|a l IH]; simpl; intros H; auto. rewrite (H a) by auto. apply IH. auto.
Qed.

Lemma present_after_remove : forall c e f s,
  present (only e) (update c {| about := only f; leaves := Some (f, false) |} s) = if Z.eq_dec f e then false else present (only e) s.
Proof.
  intros c e f s. unfold present, update. simpl. unfold only at 1 4. destruct (Z.eq_dec f e) as [->|N].
  - rewrite Z.eqb_refl. simpl. now rewrite andb_false_r.
  - apply Z.eqb_neq in N. rewrite N. simpl.
    assert (K : forall g : entry -> bool,
      existsb (fun a => only e (e_value a) && g a) (filter (fun a => negb (only f (e_value a) && covers c (e_dot a))) s) =
      existsb (fun a => only e (e_value a) && g a) s).
    { intros g. induction s as [|a s IH]; simpl; auto.
      destruct (only f (e_value a)) eqn:F; simpl; [|now rewrite IH].
      assert (E : only e (e_value a) = false).
      { unfold only in *. apply Z.eqb_eq in F. rewrite F. exact N. }
      destruct (covers c (e_dot a)); simpl; rewrite E; simpl; exact IH. }
    rewrite (K e_add), (K (fun a => negb (e_add a))). reflexivity.
Qed.

Theorem removed_row_reads_nothing : forall t c s o, clearable t = true -> all_observed c t s -> removal t s = Some o ->
  reads_nothing t (effect (type_of t) c o s).
Proof.
  assert (Gone : forall c s, (forall a, In a s -> covers c (e_dot a) = true) ->
    filter (fun a => negb (everything (e_value a) && covers c (e_dot a))) s = []).
  { intros c s H. apply filter_none. intros a Ha. simpl. now rewrite H. }
  intros [] c s o K H E; simpl in K; try discriminate; simpl in *; injection E as <-; simpl.
  - unfold update. simpl. now rewrite Gone.
  - unfold update. simpl. now rewrite Gone.
  - intros e. unfold update. simpl. now rewrite Gone.
  - intros e. set (l := filter (fun f => present (only f) s) (nodup Z.eq_dec (map e_value s))).
    assert (Done : forall l u, In e l \/ present (only e) u = false ->
      present (only e) (each (list entry) (update c) (map (element_step true) (map Remove l)) u) = false).
    { clear. induction l as [|f l IH]; simpl; intros u [Hu|Hu]; try tauto; apply IH; rewrite (present_after_remove c e f u).
      - destruct Hu as [->|Hu]; [|now left]. right. now destruct (Z.eq_dec e e).
      - right. now destruct (Z.eq_dec f e). }
    apply Done. destruct (present (only e) s) eqn:P; auto. left. unfold l. apply filter_In. split; auto.
    unfold present in P. apply andb_true_iff in P. destruct P as (P & _). apply existsb_exists in P. destruct P as (a & Ha & P).
    apply andb_true_iff in P. destruct P as (P & _). apply Z.eqb_eq in P. apply nodup_In. rewrite <- P. now apply in_map.
  - unfold update, read_all. simpl. now rewrite Gone.
  - unfold update, read_all. simpl. now rewrite Gone.
  - unfold read_first, first_clear. simpl. rewrite filter_none; auto. intros a Ha. now rewrite H.
Qed.
