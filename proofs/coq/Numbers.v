(** Types whose effects commute whatever was observed: 128-bit counter, product with sticky overflow, greatest and least, flags, union and
    intersection, exact sum of doubles. Counter, Product, Extremum, Flag, GrowSet, IntersectSet, DoubleSum. *)

Require Import ZArith List Permutation Bool Lia.
Import ListNotations.
Open Scope Z_scope.

(** ** Any commutative effect gives the same result in any order at all *)
Section Fold.
  Variable A B : Type.
  Variable f : A -> B -> B.
  Hypothesis commutes : forall a b s, f a (f b s) = f b (f a s).
  Theorem order_free : forall l1 l2, Permutation l1 l2 -> forall s, fold_right f s l1 = fold_right f s l2.
  Proof. intros l1 l2 H. induction H; simpl; intros; try rewrite IHPermutation; auto. now rewrite IHPermutation1. Qed.
End Fold.

(** ** COUNTER: two limbs of 64 bits, the lower one unsigned, with carry. Counter.apply *)
Definition W := 2 ^ 64.
Definition value (high low : Z) := high * W + low.
(** Adds a number given as two limbs: the carry is what unsigned comparison of the new lower limb with an old one tells. *)
Definition add_limbs (h l dh dl : Z) : Z * Z :=
  let low := (l + dl) mod W in
  let carry := if low <? l then 1 else 0 in
  ((h + dh + carry) mod W, low).

Lemma W_positive : 0 < W. Proof. reflexivity. Qed.

Theorem limbs_add : forall h l dh dl, 0 <= l < W -> 0 <= dl < W ->
  let '(h', l') := add_limbs h l dh dl in
  (value h' l') mod (W * W) = (value h l + value dh dl) mod (W * W) /\ 0 <= l' < W.
Proof.
  intros h l dh dl Hl Hd. unfold add_limbs, value.
  pose proof W_positive as HW.
  assert (Hlow : 0 <= (l + dl) mod W < W) by (apply Z.mod_pos_bound; auto). split; [|exact Hlow].
  assert (Hc : (l + dl) = (if (l + dl) mod W <? l then 1 else 0) * W + (l + dl) mod W).
  { destruct (Z_lt_ge_dec (l + dl) W) as [Lt|Ge].
    - rewrite (Z.mod_small (l + dl)) by lia. destruct (Z.ltb_spec (l + dl) l); lia.
    - assert (E : (l + dl) mod W = l + dl - W).
      { symmetry. apply Z.mod_unique with (q := 1); lia. }
      rewrite E. destruct (Z.ltb_spec (l + dl - W) l); lia. }
  set (carry := if (l + dl) mod W <? l then 1 else 0) in *.
  assert (Hmod : ((h + dh + carry) mod W) * W = ((h + dh + carry) * W) mod (W * W)).
  { rewrite Z.mul_mod_distr_r; lia. }
  rewrite Hmod, Z.add_mod_idemp_l by lia. f_equal. lia.
Qed.

Theorem counter_commutes : forall a b s, (a + (b + s)) mod (W * W) = (b + (a + s)) mod (W * W).
Proof. intros. f_equal. lia. Qed.

(** Read as a signed number of 128 bits it is the sum, as long as the sum fits: about 2^63 additions of the greatest long. *)
Definition signed (v : Z) := let r := v mod (W * W) in if r <? W * W / 2 then r else r - W * W.
Theorem counter_is_exact : forall deltas, - (W * W / 2) <= fold_right Z.add 0 deltas < W * W / 2 ->
  signed (fold_right Z.add 0 deltas) = fold_right Z.add 0 deltas.
Proof.
  intros deltas. generalize (fold_right Z.add 0 deltas). intros s H. unfold signed.
  assert (HW : W * W = 2 * (W * W / 2)) by reflexivity.
  destruct (Z_lt_ge_dec s 0) as [N|P].
  - assert (E : s mod (W * W) = s + W * W) by (symmetry; apply Z.mod_unique with (q := -1); lia).
    rewrite E. destruct (Z.ltb_spec (s + W * W) (W * W / 2)); lia.
  - rewrite Z.mod_small by lia. destruct (Z.ltb_spec s (W * W / 2)); lia.
Qed.

(** ** PRODUCT: zero absorbs; otherwise a sign, and a magnitude below 2^64 or "too great" for ever. Product.flags, Product.magnitude *)
Inductive product := Zero | Exactly (negative : bool) (magnitude : Z) | TooGreat (negative : bool).
Definition times (a b : product) : product :=
  match a, b with
  | Zero, _ | _, Zero => Zero
  | Exactly s m, Exactly t n => if W <=? m * n then TooGreat (xorb s t) else Exactly (xorb s t) (m * n)
  | Exactly s _, TooGreat t | TooGreat s, Exactly t _ | TooGreat s, TooGreat t => TooGreat (xorb s t)
  end.
Definition wellformed (a : product) := match a with Exactly _ m => 1 <= m < W | _ => True end.
Definition product_of (z : Z) : product :=
  if z =? 0 then Zero else if W <=? Z.abs z then TooGreat (z <? 0) else Exactly (z <? 0) (Z.abs z).

Lemma negative_product : forall a b, a <> 0 -> b <> 0 -> (a * b <? 0) = xorb (a <? 0) (b <? 0).
Proof.
  intros a b Ha Hb. destruct (Z.ltb_spec a 0), (Z.ltb_spec b 0); simpl;
    [apply Z.ltb_ge|apply Z.ltb_lt|apply Z.ltb_lt|apply Z.ltb_ge]; nia.
Qed.

(** The effect computes the abstraction of the exact product: so it is a homomorphism, and commutes and associates like integers do. *)
Theorem times_is_exact : forall a b, times (product_of a) (product_of b) = product_of (a * b).
Proof.
  intros a b. unfold product_of.
  destruct (Z.eqb_spec a 0) as [->|Ha]; [rewrite Z.mul_0_l; simpl; reflexivity|].
  destruct (Z.eqb_spec b 0) as [->|Hb].
  { rewrite Z.mul_0_r. simpl. destruct (W <=? Z.abs a); reflexivity. }
  assert (Hab : a * b <> 0) by nia. apply Z.eqb_neq in Hab as Hab'. rewrite Hab', negative_product, Z.abs_mul by auto.
  pose proof W_positive. assert (1 <= Z.abs a) by lia. assert (1 <= Z.abs b) by lia.
  destruct (Z.leb_spec W (Z.abs a)), (Z.leb_spec W (Z.abs b)); simpl;
    destruct (Z.leb_spec W (Z.abs a * Z.abs b)); auto; nia.
Qed.

Theorem times_commutes : forall a b, times a b = times b a.
Proof.
  intros [|s m|s] [|t n|t]; simpl; auto; rewrite ?(Z.mul_comm m n), ?(xorb_comm s t); auto.
Qed.

Theorem product_commutes : forall a b s, times (product_of a) (times (product_of b) (product_of s)) =
                                         times (product_of b) (times (product_of a) (product_of s)).
Proof. intros. rewrite !times_is_exact. f_equal. lia. Qed.

Theorem product_spec : forall factors, fold_right (fun a s => times (product_of a) s) (product_of 1) factors =
                                       product_of (fold_right Z.mul 1 factors).
Proof. induction factors as [|a l IH]; simpl; auto. rewrite IH. apply times_is_exact. Qed.

(** ** MAX, MIN: a semilattice. Doubles are mapped to integers that are ordered as Double.compare orders doubles. *)
Theorem max_commutes : forall a b s, Z.max a (Z.max b s) = Z.max b (Z.max a s). Proof. intros; lia. Qed.
Theorem max_idempotent : forall a s, Z.max a (Z.max a s) = Z.max a s. Proof. intros; lia. Qed.
Theorem min_commutes : forall a b s, Z.min a (Z.min b s) = Z.min b (Z.min a s). Proof. intros; lia. Qed.

(** A double's 64 bits as a signed number: those of negative doubles have their other 63 bits inverted (Extremum.sortable). The
    order of doubles without NaN is that of sign and magnitude, -0.0 below 0.0. *)
Definition sortable (negative : bool) (magnitude : Z) : Z := if negative then - magnitude - 1 else magnitude.
Definition below (a b : bool * Z) : Prop :=
  match a, b with
  | (true, m), (true, n) => n < m
  | (true, _), (false, _) => True
  | (false, _), (true, _) => False
  | (false, m), (false, n) => m < n
  end.
Theorem sortable_is_monotone : forall s m t n, 0 <= m < 2 ^ 63 -> 0 <= n < 2 ^ 63 ->
  (below (s, m) (t, n) <-> sortable s m < sortable t n).
Proof. intros [|] m [|] n Hm Hn; unfold below, sortable; lia. Qed.

(** ** FLAG_OR, FLAG_AND *)
Theorem or_commutes : forall a b s, orb a (orb b s) = orb b (orb a s). Proof. intros [|] [|] [|]; reflexivity. Qed.
Theorem and_commutes : forall a b s, andb a (andb b s) = andb b (andb a s). Proof. intros [|] [|] [|]; reflexivity. Qed.

(** ** GROW_SET and INTERSECT_SET, as predicates; the universe is the identity of intersection *)
Section Sets.
  Variable E : Type.
  Definition set := E -> Prop.
  Definition same (a b : set) := forall e, a e <-> b e.
  Definition union (a b : set) : set := fun e => a e \/ b e.
  Definition inter (a b : set) : set := fun e => a e /\ b e.
  Definition universe : set := fun _ => True.
  Theorem union_commutes : forall a b s, same (union a (union b s)) (union b (union a s)).
  Proof. intros a b s e; unfold union; tauto. Qed.
  Theorem inter_commutes : forall a b s, same (inter a (inter b s)) (inter b (inter a s)).
  Proof. intros a b s e; unfold inter; tauto. Qed.
  Theorem inter_universe : forall a, same (inter a universe) a.
  Proof. intros a e; unfold inter, universe; tauto. Qed.
  Theorem union_spec : forall sets e, fold_right union (fun _ => False) sets e <-> exists s, In s sets /\ s e.
  Proof.
    induction sets as [|a l IH]; intros e; simpl.
    - split; [tauto|intros (s & [] & _)].
    - unfold union. rewrite IH. split.
      + intros [H|(s & Hs & H)]; [exists a|exists s]; auto.
      + intros (s & [<-|Hs] & H); [now left|right; now exists s].
  Qed.
  Theorem inter_spec : forall sets e, fold_right inter universe sets e <-> forall s, In s sets -> s e.
  Proof.
    induction sets as [|a l IH]; intros e; simpl.
    - unfold universe. split; [intros _ s []|tauto].
    - unfold inter. rewrite IH. split.
      + intros (H & Hl) s [<-|Hs]; [exact H|apply Hl; exact Hs].
      + intros H. split; [apply H; now left|intros s Hs; apply H; now right].
  Qed.
End Sets.

(** ** DOUBLE_SUM: every finite double is an integer multiple of 2^-1074; the state is the sum of those integers, and how many NaN and
    infinities there were. A read rounds once, so whatever the rounding is, it is a function of the set. *)
Inductive double := Finite (units : Z) | NotANumber | Infinite (negative : bool).
Record total := { units : Z; nans : Z; plus : Z; minus : Z }.
Definition add_double (d : double) (t : total) : total :=
  match d with
  | Finite u => {| units := units t + u; nans := nans t; plus := plus t; minus := minus t |}
  | NotANumber => {| units := units t; nans := nans t + 1; plus := plus t; minus := minus t |}
  | Infinite false => {| units := units t; nans := nans t; plus := plus t + 1; minus := minus t |}
  | Infinite true => {| units := units t; nans := nans t; plus := plus t; minus := minus t + 1 |}
  end.
Theorem double_sum_commutes : forall a b t, add_double a (add_double b t) = add_double b (add_double a t).
Proof.
  intros [u| |[|]] [v| |[|]] [w n p m]; unfold add_double; simpl; f_equal; lia.
Qed.
Theorem double_sum_spec : forall l t, (forall d, In d l -> exists u, d = Finite u) ->
  units (fold_right add_double t l) =
  fold_right (fun d s => s + match d with Finite u => u | _ => 0 end) (units t) l.
Proof.
  induction l as [|d l IH]; simpl; intros t H; auto.
  destruct (H d (or_introl eq_refl)) as (u & ->). simpl. rewrite IH; auto.
Qed.

(** ** Signed numbers of 64 bits, which wrap *)
Definition wrap64 (z : Z) : Z := (z + 2 ^ 63) mod 2 ^ 64 - 2 ^ 63.

Theorem wrap64_twice : forall z d, wrap64 (wrap64 z + d) = wrap64 (z + d).
Proof.
  intros z d. unfold wrap64. f_equal.
  replace ((z + 2 ^ 63) mod 2 ^ 64 - 2 ^ 63 + d + 2 ^ 63) with ((z + 2 ^ 63) mod 2 ^ 64 + d) by lia.
  rewrite Z.add_mod_idemp_l by lia. f_equal. lia.
Qed.

Theorem wrap64_wrapped : forall z, wrap64 (wrap64 z) = wrap64 z.
Proof. intros z. transitivity (wrap64 (wrap64 z + 0)); [now rewrite Z.add_0_r|]. now rewrite wrap64_twice, Z.add_0_r. Qed.

Theorem wrap64_fits : forall z, - 2 ^ 63 <= z < 2 ^ 63 -> wrap64 z = z.
Proof. intros z H. unfold wrap64. rewrite Z.mod_small; lia. Qed.

(** What is seen of a number that is not far from those that fit is the number itself, or out of range. *)
Theorem wrap64_near : forall z m a, 0 <= m -> 0 <= a -> m + a < 2 ^ 63 -> - a <= z <= m + a -> wrap64 z = z.
Proof. intros z m a Hm Ha H Hz. apply wrap64_fits. lia. Qed.
