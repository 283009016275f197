(** Which operations commute on one cell, and a counterexample for each pair that does not: why a cell has one type, and why some operations
    need coordination. *)

Require Import ZArith List Bool Lia.
From Coq Require Import Floats.SpecFloat.
Import ListNotations.
Open Scope Z_scope.

(** Operations that one could wish for on one number. *)
Inductive op :=
| Add (n : Z) | Multiply (n : Z) | Maximum (n : Z) | Minimum (n : Z) | Assign (n : Z)
| AddSaturating (n : Z)      (* stops at 100 *)
| AddIfNotNegative (n : Z)   (* refused where the result would be below 0 *)
| SetIfEquals (expected n : Z).

Definition apply (o : op) (s : Z) : Z :=
  match o with
  | Add n => s + n
  | Multiply n => s * n
  | Maximum n => Z.max s n
  | Minimum n => Z.min s n
  | Assign n => n
  | AddSaturating n => Z.min 100 (s + n)
  | AddIfNotNegative n => if s + n <? 0 then s else s + n
  | SetIfEquals e n => if s =? e then n else s
  end.

Definition commute (a b : op) := forall s, apply a (apply b s) = apply b (apply a s).

(** One row for each pair of kinds that commutes with every argument ... *)
Theorem add_add : forall a b, commute (Add a) (Add b). Proof. intros a b s; simpl; lia. Qed.
Theorem multiply_multiply : forall a b, commute (Multiply a) (Multiply b). Proof. intros a b s; simpl; lia. Qed.
Theorem maximum_maximum : forall a b, commute (Maximum a) (Maximum b). Proof. intros a b s; simpl; lia. Qed.
Theorem minimum_minimum : forall a b, commute (Minimum a) (Minimum b). Proof. intros a b s; simpl; lia. Qed.

(** ... and for every other pair arguments and a state where the order shows. *)
Definition clash (a b : op) (s : Z) := apply a (apply b s) <> apply b (apply a s).
Ltac clash := unfold clash; simpl; discriminate.

Theorem add_multiply : clash (Add 1) (Multiply 2) 0. Proof. clash. Qed.
Theorem add_maximum : clash (Add 1) (Maximum 5) 0. Proof. clash. Qed.
Theorem add_minimum : clash (Add 1) (Minimum 5) 9. Proof. clash. Qed.
Theorem add_assign : clash (Add 1) (Assign 5) 0. Proof. clash. Qed.
Theorem add_saturating : clash (Add (-5)) (AddSaturating 5) 98. Proof. clash. Qed.
Theorem add_conditional : clash (Add 1) (SetIfEquals 0 7) 0. Proof. clash. Qed.
Theorem multiply_maximum : clash (Multiply (-1)) (Maximum 5) 0. Proof. clash. Qed.
Theorem multiply_minimum : clash (Multiply (-1)) (Minimum 5) 9. Proof. clash. Qed.
Theorem multiply_assign : clash (Multiply 2) (Assign 5) 0. Proof. clash. Qed.
Theorem maximum_minimum : clash (Maximum 5) (Minimum 3) 0. Proof. clash. Qed.
Theorem maximum_assign : clash (Maximum 5) (Assign 3) 0. Proof. clash. Qed.
Theorem minimum_assign : clash (Minimum 3) (Assign 5) 9. Proof. clash. Qed.
Theorem assign_assign : clash (Assign 1) (Assign 2) 0. Proof. clash. Qed.
(** Saturation clashes with itself once a decrease is among the additions. *)
Theorem saturating_saturating : clash (AddSaturating 5) (AddSaturating (-5)) 98. Proof. clash. Qed.
(** A check that holds in one order fails in the other: the last coupon is spent once or twice, or refused. *)
Theorem checked_checked : clash (AddIfNotNegative (-3)) (AddIfNotNegative 2) 1. Proof. clash. Qed.
Theorem compare_and_set_twice : clash (SetIfEquals 0 1) (SetIfEquals 0 2) 0. Proof. clash. Qed.

(** Sets: union with remove by value. *)
Definition insert (e : Z) (s : list Z) := e :: s.
Definition remove_value (e : Z) (s : list Z) := filter (fun x => negb (x =? e)) s.
Theorem union_remove : In 1 (insert 1 (remove_value 1 [])) /\ ~ In 1 (remove_value 1 (insert 1 [])).
Proof. split; simpl; [now left|tauto]. Qed.

(** "Causal order, else the greater value", applied pair by pair, is not transitive: 3 beats 2, 2 beats 1 causally, and 1, concurrent
    with 3 and greater, beats 3; so folds differ by order. *)
Definition beats (a b : nat * Z) : bool := (* (version, value): version 2 is causally after version 1, version 3 concurrent with both *)
  match fst a, fst b with
  | 2%nat, 1%nat => true
  | 1%nat, 2%nat => false
  | _, _ => snd b <? snd a
  end.
Definition pick (a b : nat * Z) := if beats a b then a else b.
Theorem pairwise_rule_depends_on_order :
  let x := (1%nat, 30) in let y := (2%nat, 10) in let z := (3%nat, 20) in
  pick (pick x y) z <> pick x (pick y z).
Proof. vm_compute. discriminate. Qed.

(** IEEE doubles, by Coq's specification of binary64: addition is not associative, so a plain sum depends on the order of additions. *)
Definition plus (a b : spec_float) := SFadd 53 1024 a b.
Definition of_integer (n : Z) : spec_float := binary_normalize 53 1024 n 0 false.
Definition big := of_integer (2 ^ 53).
Definition one := of_integer 1.
Theorem ieee_sum_depends_on_order : plus (plus big one) one <> plus big (plus one one).
Proof. vm_compute. discriminate. Qed.
