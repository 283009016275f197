(** Test vectors: histories drawn from seeds, run by the effects of AllTypes.v, which are those that converge by its theorem,
    with what each node reads at the end. ConformanceTest runs the same histories on real engines and must read the same. *)

Require Import ZArith List Bool Arith.
Import ListNotations.
From Abelia Require Import Numbers.
From Abelia Require AllTypes.
Open Scope Z_scope.

Definition nodes := 3%nat.

(** One operation: its dot, what its transaction had observed (by node), its logical time, what it does, to what.
    Kinds: 0 adds, inserts, enables, writes; 1 removes, disables; 2 clears. *)
Record operation := { op_author : nat; op_seq : nat; op_seen : list nat; op_time : Z; op_kind : Z; op_argument : Z }.

Definition context_of (o : operation) : AllTypes.context :=
  {| AllTypes.own := (op_author o, op_seq o); AllTypes.time := op_time o;
     AllTypes.observed := fun n => nth n (op_seen o) 0%nat |}.

(** The cell of a node that has delivered these operations in this order. *)
Definition cell (t : AllTypes.cell_type) (as_type : operation -> AllTypes.operation (AllTypes.type_of t)) (l : list operation)
  : AllTypes.state (AllTypes.type_of t) :=
  fold_left (fun s o => AllTypes.effect (AllTypes.type_of t) (context_of o) (as_type o) s) l (AllTypes.initial (AllTypes.type_of t)).

Definition kind_is (k : Z) (o : operation) := op_kind o =? k.
Definition on_element (o : operation) : AllTypes.element_op :=
  if kind_is 0 o then AllTypes.Add (op_argument o) else AllTypes.Remove (op_argument o).
Definition on_set (o : operation) : AllTypes.set_operation :=
  if kind_is 2 o then {| AllTypes.clears := true; AllTypes.elements := [] |}
  else {| AllTypes.clears := false; AllTypes.elements := [on_element o] |}.
Definition on_register (o : operation) : AllTypes.register_op := if kind_is 2 o then AllTypes.Clear else AllTypes.Set_ (op_argument o).

Definition elements := [0; 1; 2; 3].
(** Masks stand for sets in intersections. *)
Definition of_mask (m : Z) := filter (fun e => Z.testbit m e) elements.
Definition members (contains : Z -> Z) : list Z := filter (fun e => contains e =? 1) elements.
Definition boolean (b : bool) : list Z := [if b then 1 else 0].
Definition or_else {A} (none : list Z) (some : A -> list Z) (o : option A) : list Z := match o with Some a => some a | None => none end.
Definition just (z : Z) : list Z := [z].

Notation ask t q s := (AllTypes.read (AllTypes.type_of t) q s).

(** What a node reads; one number for each type, as ConformanceTest has them. *)
Definition read (type : Z) (l : list operation) : list Z :=
  match type with
  | 0 => or_else [0] just (ask AllTypes.COUNTER tt (cell AllTypes.COUNTER op_argument l))
  | 1 => or_else [1] (fun p => match p with Zero => [0] | Exactly n m => [if n then - m else m] | TooGreat _ => [] end)
           (ask AllTypes.PRODUCT tt (cell AllTypes.PRODUCT op_argument l))
  | 2 => or_else [] just (ask AllTypes.MAX tt (cell AllTypes.MAX op_argument l))
  | 3 => or_else [] just (ask AllTypes.MIN tt (cell AllTypes.MIN op_argument l))
  | 4 => or_else [0] boolean (ask AllTypes.FLAG_OR tt (cell AllTypes.FLAG_OR (fun o => op_argument o =? 1) l))
  | 5 => or_else [1] boolean (ask AllTypes.FLAG_AND tt (cell AllTypes.FLAG_AND (fun o => op_argument o =? 1) l))
  | 6 => boolean (ask AllTypes.ENABLE_WINS tt (cell AllTypes.ENABLE_WINS (kind_is 0) l))
  | 7 => boolean (ask AllTypes.DISABLE_WINS tt (cell AllTypes.DISABLE_WINS (kind_is 0) l))
  | 8 => let s := cell AllTypes.GROW_SET (fun o => [op_argument o]) l in
         members (fun e => ask AllTypes.GROW_SET (AllTypes.Contains e) s)
  | 9 => let s := cell AllTypes.INTERSECT_SET (fun o => of_mask (op_argument o)) l in
         let contains e := ask AllTypes.INTERSECT_SET (AllTypes.Contains e) s in
         or_else [-1] (fun _ => members (fun e => match contains e with Some z => z | None => 0 end)) (contains 0)
  | 10 => let s := cell AllTypes.ADD_WINS_SET on_set l in
          members (fun e => ask AllTypes.ADD_WINS_SET (AllTypes.Contains e) s)
  | 11 => let s := cell AllTypes.REMOVE_WINS_SET (fun o => [on_element o]) l in
          members (fun e => ask AllTypes.REMOVE_WINS_SET (AllTypes.Contains e) s)
  | 12 => ask AllTypes.MV_REGISTER tt (cell AllTypes.MV_REGISTER on_register l)
  | 13 => or_else [] just (ask AllTypes.LWW_REGISTER tt (cell AllTypes.LWW_REGISTER on_register l))
  | 14 => or_else [] just
            (ask AllTypes.FIRST_WRITER_REGISTER tt (cell AllTypes.FIRST_WRITER_REGISTER on_register l))
  | _ => or_else [0] (fun t => [units t])
           (ask AllTypes.DOUBLE_SUM tt (cell AllTypes.DOUBLE_SUM (fun o => [Finite (op_argument o)]) l))
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
