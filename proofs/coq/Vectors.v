(** Test vectors: histories drawn from seeds, run by the effects that the other files prove things about, with what each node reads at
    the end. ConformanceTest runs the same histories on real engines and must read the same. *)

Require Import ZArith List Bool Arith.
Import ListNotations.
From Abelia Require Import Types Numbers.
Open Scope Z_scope.

Definition nodes := 3%nat.

(** One operation: its dot, what its transaction had observed (by node), its logical time, what it does, to what. *)
Record operation := { op_author : nat; op_seq : nat; op_seen : list nat; op_time : Z; op_kind : Z; op_argument : Z }.

Definition covers (b a : operation) : bool := Nat.leb (op_seq a) (nth (op_author a) (op_seen b) 0%nat).
Definition kind_is (k : Z) (o : operation) := op_kind o =? k.

(** Kinds: 0 adds, inserts, enables, writes; 1 removes, disables; 2 clears. *)
Definition on_element (e : Z) (o : operation) := kind_is 2 o || (op_argument o =? e).

Definition observed_remove (stays : operation -> bool) (l : list operation) := run operation covers stays l [].
Definition elements := [0; 1; 2; 3].

Definition read_set (wins : list operation -> bool) (stays : operation -> bool) (l : list operation) : list Z :=
  filter (fun e => wins (observed_remove stays (filter (on_element e) l))) elements.

(** Order of writes: (time, author, seq), as one number. *)
Definition rank (o : operation) : Z := (op_time o * 1000 + Z.of_nat (op_author o)) * 1000 + Z.of_nat (op_seq o).
Fixpoint insert_by (before : operation -> operation -> bool) (o : operation) (l : list operation) :=
  match l with [] => [o] | a :: l' => if before o a then o :: l else a :: insert_by before o l' end.
Definition sort_by before (l : list operation) := fold_right (insert_by before) [] l.
Definition latest_first := sort_by (fun a b => rank b <? rank a).

(** Counter through its two limbs. *)
Definition limbs (z : Z) : Z * Z := ((z / W) mod W, z mod W).
Definition count (l : list operation) : Z :=
  let '(h, lo) := fold_left (fun s o => let '(dh, dl) := limbs (op_argument o) in add_limbs (fst s) (snd s) dh dl) l (0, 0) in
  signed (value h lo).

Definition multiply (l : list operation) : list Z :=
  match fold_left (fun s o => times (product_of (op_argument o)) s) l (product_of 1) with
  | Zero => [0] | Exactly n m => [if n then - m else m] | TooGreat _ => []
  end.

Definition ends (f : Z -> Z -> Z) (none : list Z) (l : list operation) : list Z :=
  match map op_argument l with [] => none | a :: m => [fold_left f m a] end.

(** Masks stand for sets in intersections. *)
Definition of_mask (m : Z) := filter (fun e => Z.testbit m e) elements.

Definition boolean (b : bool) : list Z := [if b then 1 else 0].

(** What a node reads that has delivered these operations in this order; one number for each type, as ConformanceTest has them. *)
Definition read (type : Z) (l : list operation) : list Z :=
  match type with
  | 0 => [count l]
  | 1 => multiply l
  | 2 => ends Z.max [] l
  | 3 => ends Z.min [] l
  | 4 => boolean (existsb (fun o => op_argument o =? 1) l)
  | 5 => boolean (forallb (fun o => op_argument o =? 1) l)
  | 6 => boolean (add_wins operation (kind_is 0) (observed_remove (kind_is 0) l))
  | 7 => boolean (remove_wins operation (kind_is 0) (observed_remove (fun _ => true) l))
  | 8 => filter (fun e => existsb (fun o => op_argument o =? e) l) elements
  | 9 => match l with [] => [-1] | _ => of_mask (fold_left (fun s o => Z.land s (op_argument o)) l 15) end
  | 10 => read_set (add_wins operation (kind_is 0)) (kind_is 0) l
  | 11 => read_set (remove_wins operation (kind_is 0)) (fun _ => true) l
  | 12 => map op_argument (latest_first (observed_remove (kind_is 0) l))
  | 13 => firstn 1 (map op_argument (latest_first (observed_remove (kind_is 0) l)))
  | 14 => firstn 1 (map op_argument (rev (latest_first (first_run operation covers l []))))
  | _ => [fold_left (fun s o => units (add_double (Finite (op_argument o)) {| units := s; nans := 0; plus := 0; minus := 0 |})) l 0]
  end.

Definition types := 16.

(** ** Histories *)

Definition mask := Eval vm_compute in W - 1.
Definition next (x : Z) : Z := Z.land (x * 6364136223846793005 + 1442695040888963407) mask.
Definition draw (x bound : Z) : Z := Z.shiftr x 33 mod bound.

(** Every node: what it has delivered, in order. *)
Definition group := list (list operation).
Definition at_node (g : group) (n : nat) := nth n g [].
Fixpoint replace (g : group) (n : nat) (l : list operation) : group :=
  match g, n with [], _ => [] | _ :: g', O => l :: g' | a :: g', S m => a :: replace g' m l end.

Definition seen (l : list operation) : list nat :=
  map (fun n => length (filter (fun o => Nat.eqb (op_author o) n) l)) (seq 0 nodes).

Definition commit (g : group) (n : nat) (k a : Z) : group :=
  let l := at_node g n in
  let o := {| op_author := n; op_seq := S (nth n (seen l) 0%nat); op_seen := seen l;
              op_time := 1 + fold_right Z.max 0 (map op_time l); op_kind := k; op_argument := a |} in
  replace g n (l ++ [o]).

Definition has (l : list operation) (o : operation) := existsb (fun p => Nat.eqb (op_author p) (op_author o) && Nat.eqb (op_seq p) (op_seq o)) l.

(** A node gets all that another one has, in the order of the other one's log. *)
Definition sync (g : group) (from to : nat) : group :=
  let l := at_node g to in replace g to (l ++ filter (fun o => negb (has l o)) (at_node g from)).

Definition kind_of (type x : Z) : Z :=
  match type with
  | 6 | 7 => draw x 2
  | 10 => if draw x 9 =? 0 then 2 else draw x 2
  | 11 => draw x 2
  | 12 | 13 => if draw x 5 =? 0 then 2 else 0
  | _ => 0
  end.

Definition argument_of (type x : Z) : Z :=
  match type with
  | 0 => if draw x 3 =? 0 then next x - W / 2 else draw x 2001 - 1000
  | 1 => if draw x 17 =? 0 then Z.shiftr (next x) 1 else draw x 9 - (if draw (next x) 9 =? 0 then 4 else - 1)
  | 2 | 3 => draw x 2001 - 1000
  | 4 => if draw x 4 =? 0 then 1 else 0
  | 5 => if draw x 4 =? 0 then 0 else 1
  | 6 | 7 => 0
  | 8 | 10 | 11 => draw x 4
  | 9 => Z.lor (draw x 16) (draw (next x) 16)
  | 12 | 13 | 14 => draw x 1000000
  | _ => draw x 2000001 - 1000000
  end.

(** A history as numbers: 0 node kind argument, or 1 from to; and the group that it makes. *)
Fixpoint history (steps : nat) (type x : Z) (g : group) : list Z * group :=
  match steps with
  | O => ([], g)
  | S more =>
      let x1 := next x in let x2 := next x1 in let x3 := next x2 in
      if draw x1 5 <? 3 then
        let n := draw x2 3 in let k := kind_of type x3 in let a := argument_of type (next x3) in
        let '(l, g') := history more type (next (next x3)) (commit g (Z.to_nat n) k a) in (0 :: n :: k :: a :: l, g')
      else
        let f := draw x2 3 in let t := (f + 1 + draw x3 2) mod 3 in
        let '(l, g') := history more type (next (next x3)) (sync g (Z.to_nat f) (Z.to_nat t)) in (1 :: f :: t :: l, g')
  end.

Definition with_length (l : list Z) := Z.of_nat (length l) :: l.

(** type, steps as a list with its length, then what each node reads, with its length. *)
Definition vector (type seed : Z) : list Z :=
  let '(l, g) := history 14 type (next (seed * 7919 + type)) [[]; []; []] in
  type :: with_length l ++ flat_map (fun n => with_length (read type (at_node g n))) (seq 0 nodes).

(** In portions, each of one type, so that they can be printed. *)
Definition portion (n : nat) : list Z :=
  flat_map (fun s => vector (Z.of_nat (n mod 16)) (Z.of_nat (s + 25 * (n / 16)))) (seq 1 25).

Ltac emit n :=
  match n with
  | O => idtac
  | S ?m => emit m; let v := eval vm_compute in (portion m) in idtac "vectors" v
  end.

Set Printing Width 1000000.
Set Printing Depth 1000000.
Goal True. emit 96%nat. exact I. Qed.
