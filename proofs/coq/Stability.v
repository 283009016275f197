(** Causal stability, derived from views and reports. Nodes, their launches, what each takes for the others' current launches (its
    view), and reports of what each has applied: whatever is lost, doubled, delayed or overtaken, and whichever nodes stop, lose what
    they had not forced, or lose their disk, nothing reaches a node that had not observed all that the node calls stable.
    View.java, Stability.java, DurableClock.java, Joining.java, Replica.java; Birman and Joseph (1987) do the like for multicast.

    Nodes are a fixed set. Any of them may be removed at any time, by whomever; how that is agreed on is not in this model, but one thing
    is taken from it: who guides a launch with an empty disk has not been removed (Java asks so many guides that know one epoch that one
    of them has not been, see Membership.tla). Each launch of a node has the next number, and no two share one. What is forced stays.
    What a launch has applied when it takes the clocks that it reports is forced at that moment here: in Java it is forced later, but
    before the report is sent, and no report is sent if the launch dies in between or its view changes. *)

Require Import List Arith Lia Bool.
Import ListNotations.

Section Stability.
  Variable Node Dot : Type.
  Variable node_eq : forall a b : Node, {a = b} + {a <> b}.

  (** What the transaction of a dot had observed. A run has one such function, and a commit fits it, see [commit]. *)
  Variable observed : Dot -> Dot -> Prop.

  Definition dots := Dot -> Prop.
  Definition no_dots : dots := fun _ => False.
  Definition view := Node -> nat. (* launches; 0 for a node that was never heard of *)

  Record message := { m_node : Node; m_launch : nat; m_dot : Dot }.
  Record hello := { h_node : Node; h_view : view; h_removed : Node -> bool; h_settled : bool }.
  Record report := {
    r_node : Node; r_launch : nat; r_view : view; r_removed : Node -> bool; r_stable : dots; r_had : dots; r_joined : bool }.

  Record group := {
    launch : Node -> nat;
    views : Node -> view; (* durable: kept over restarts *)
    removed : Node -> Node -> bool; (* durable as well: whose removal a node knows of *)
    out : Node -> bool; (* whose removal anybody has known of *)
    settled : Node -> bool; (* not so: a launch with an empty disk that has not adopted a member's view yet; it takes and sends nothing *)
    joined : Node -> bool; (* not so: a launch with an empty disk that may not commit yet *)
    applied : Node -> dots;
    forced : Node -> dots; (* what is on disk *)
    open : Node -> list dots; (* what open transactions have observed *)
    wire : list message; (* nothing is ever taken from here: messages may come late, twice, or never *)
    hellos : list hello;
    reports : list report;
    stable : Node -> dots
  }.

  Definition upd {A} (f : Node -> A) (n : Node) (x : A) : Node -> A := fun m => if node_eq m n then x else f m.
  Definition with_dot (d : Dot) (s : dots) : dots := fun x => x = d \/ s x.
  (** Own launch, and of the others the later one of two. *)
  Definition merged (n : Node) (v w : view) : view := fun m => if node_eq m n then v m else Nat.max (v m) (w m).

  Definition at_start : group := {|
    launch := fun _ => 1; views := fun n m => if node_eq m n then 1 else 0; removed := fun _ _ => false; out := fun _ => false;
    settled := fun _ => true; joined := fun _ => true; applied := fun _ => no_dots; forced := fun _ => no_dots;
    open := fun _ => []; wire := []; hellos := []; reports := []; stable := fun _ => no_dots |}.

  Definition begun (s : group) (n : Node) : group := {|
    launch := launch s; views := views s; removed := removed s; out := out s; settled := settled s; joined := joined s;
    applied := applied s; forced := forced s; open := upd (open s) n (applied s n :: open s n); wire := wire s;
    hellos := hellos s; reports := reports s; stable := stable s |}.
  Definition ended (s : group) (n : Node) (os : list dots) : group := {|
    launch := launch s; views := views s; removed := removed s; out := out s; settled := settled s; joined := joined s;
    applied := applied s; forced := forced s; open := upd (open s) n os; wire := wire s; hellos := hellos s;
    reports := reports s; stable := stable s |}.
  Definition committed (s : group) (n : Node) (d : Dot) : group := {|
    launch := launch s; views := views s; removed := removed s; out := out s; settled := settled s; joined := joined s;
    applied := upd (applied s) n (with_dot d (applied s n)); forced := forced s; open := open s; wire := wire s;
    hellos := hellos s; reports := reports s; stable := stable s |}.
  Definition all_forced (s : group) (n : Node) : group := {|
    launch := launch s; views := views s; removed := removed s; out := out s; settled := settled s; joined := joined s;
    applied := applied s; forced := upd (forced s) n (applied s n); open := open s; wire := wire s; hellos := hellos s;
    reports := reports s; stable := stable s |}.
  Definition sent (s : group) (n : Node) (d : Dot) : group := {|
    launch := launch s; views := views s; removed := removed s; out := out s; settled := settled s; joined := joined s;
    applied := applied s; forced := forced s; open := open s;
    wire := {| m_node := n; m_launch := launch s n; m_dot := d |} :: wire s; hellos := hellos s; reports := reports s;
    stable := stable s |}.
  Definition heard (v : view) (m : message) : view :=
    fun k => if node_eq k (m_node m) then Nat.max (v k) (m_launch m) else v k.
  Definition delivered (s : group) (n : Node) (m : message) : group := {|
    launch := launch s; views := upd (views s) n (heard (views s n) m); removed := removed s; out := out s;
    settled := settled s; joined := joined s; applied := upd (applied s) n (with_dot (m_dot m) (applied s n));
    forced := forced s; open := open s; wire := wire s; hellos := hellos s; reports := reports s; stable := stable s |}.
  Definition greeted (s : group) (n : Node) : group := {|
    launch := launch s; views := views s; removed := removed s; out := out s; settled := settled s; joined := joined s;
    applied := applied s; forced := forced s; open := open s; wire := wire s;
    hellos := {| h_node := n; h_view := views s n; h_removed := removed s n; h_settled := settled s n |} :: hellos s;
    reports := reports s; stable := stable s |}.
  Definition adopted (s : group) (n : Node) (h : hello) (now_settled : bool) : group := {|
    launch := launch s; views := upd (views s) n (merged n (views s n) (h_view h));
    removed := upd (removed s) n (fun x => removed s n x || h_removed h x); out := out s;
    settled := upd (settled s) n now_settled; joined := joined s; applied := applied s; forced := forced s; open := open s;
    wire := wire s; hellos := hellos s; reports := reports s; stable := stable s |}.
  Definition report_of (s : group) (n : Node) (st : dots) : report := {|
    r_node := n; r_launch := launch s n; r_view := views s n; r_removed := removed s n; r_stable := st;
    r_had := applied s n; r_joined := joined s n |}.
  Definition reported (s : group) (n : Node) (st : dots) : group := {|
    launch := launch s; views := views s; removed := removed s; out := out s; settled := settled s; joined := joined s;
    applied := applied s; forced := forced s; open := open s; wire := wire s; hellos := hellos s;
    reports := report_of s n st :: reports s; stable := stable s |}.
  Definition has_joined (s : group) (n : Node) : group := {|
    launch := launch s; views := views s; removed := removed s; out := out s; settled := settled s;
    joined := upd (joined s) n true; applied := applied s; forced := forced s; open := open s; wire := wire s;
    hellos := hellos s; reports := reports s; stable := stable s |}.
  Definition collected (s : group) (n : Node) (r : Node -> report) : group := {|
    launch := launch s; views := views s; removed := removed s; out := out s; settled := settled s; joined := joined s;
    applied := applied s; forced := forced s; open := open s; wire := wire s; hellos := hellos s; reports := reports s;
    stable := upd (stable s) n (fun x => stable s n x \/ forall m, removed s n m = false -> r_stable (r m) x) |}.
  Definition restarted (s : group) (n : Node) (keep st : dots) : group := {|
    launch := upd (launch s) n (S (launch s n)); views := upd (views s) n (upd (views s n) n (S (launch s n)));
    removed := removed s; out := out s; settled := settled s; joined := joined s; applied := upd (applied s) n keep;
    forced := upd (forced s) n keep; open := upd (open s) n []; wire := wire s; hellos := hellos s; reports := reports s;
    stable := upd (stable s) n st |}.
  Definition wiped (s : group) (n : Node) : group := {|
    launch := upd (launch s) n (S (launch s n)); views := upd (views s) n (upd (fun _ => 0) n (S (launch s n)));
    removed := upd (removed s) n (fun _ => false); out := out s; settled := upd (settled s) n false;
    joined := upd (joined s) n false; applied := upd (applied s) n no_dots; forced := upd (forced s) n no_dots;
    open := upd (open s) n []; wire := wire s; hellos := hellos s; reports := reports s; stable := upd (stable s) n no_dots |}.

  Definition decided (s : group) (n x : Node) : group := {|
    launch := launch s; views := views s; removed := upd (removed s) n (upd (removed s n) x true); out := upd (out s) x true;
    settled := settled s; joined := joined s; applied := applied s; forced := forced s; open := open s; wire := wire s;
    hellos := hellos s; reports := reports s; stable := stable s |}.

  (** A node takes a message if its sender's launch is not dead in its view and its sender not removed, and if it lacks the transaction
      and has what that had observed. *)
  Definition takes (s : group) (n : Node) (m : message) : Prop :=
    In m (wire s) /\ settled s n = true /\ removed s n (m_node m) = false /\ views s n (m_node m) <= m_launch m /\
    ~ applied s n (m_dot m) /\
    forall x, observed (m_dot m) x -> applied s n x.

  (** A transaction is committed with what it had observed when it began. *)
  Definition commits (s : group) (n : Node) (d : Dot) : Prop :=
    joined s n = true /\ exists k, In k (open s n) /\ forall x, observed d x <-> k x.

  Inductive happens : group -> group -> Prop :=
  | begin_ : forall s n, joined s n = true -> happens s (begun s n)
  | commit : forall s n d, commits s n d -> happens s (committed s n d)
  | end_ : forall s n os, (forall k, In k os -> In k (open s n)) -> happens s (ended s n os) (* committed or given up *)
  | force : forall s n, happens s (all_forced s n)
  | send : forall s n d, settled s n = true -> applied s n d -> happens s (sent s n d)
  | deliver : forall s n m, takes s n m -> happens s (delivered s n m)
  | greet : forall s n, happens s (greeted s n)
  | adopt : forall s n h, In h (hellos s) -> happens s (adopted s n h (settled s n))
  | settle : forall s n h, (* who says hello is settled itself, has heard of this very launch, and is not removed *)
      In h (hellos s) -> h_settled h = true -> out s (h_node h) = false -> h_view h n = launch s n -> happens s (adopted s n h true)
  | reports_ : forall s n (st : dots), (* what was applied is forced; what is called stable, all open transactions have observed *)
      settled s n = true -> (forall x, applied s n x -> forced s n x) -> (forall x, st x -> applied s n x) ->
      (forall k x, In k (open s n) -> st x -> k x) -> happens s (reported s n st)
  | join : forall s n r, (* a guide: it has joined, has heard of this very launch, and is not removed; what it had is on disk here *)
      settled s n = true -> In r (reports s) -> r_joined r = true -> out s (r_node r) = false -> r_view r n = launch s n ->
      (forall x, r_had r x -> forced s n x) -> happens s (has_joined s n)
  | collect : forall s n r, (* reports of all members, by the launches of this node's very view, in that view, and all applied here *)
      settled s n = true -> removed s n n = false ->
      (forall m, removed s n m = false ->
         In (r m) (reports s) /\ r_node (r m) = m /\ r_launch (r m) = views s n m /\ (forall p, r_view (r m) p = views s n p) /\
         (forall p, r_removed (r m) p = removed s n p) /\ forall x, r_had (r m) x -> applied s n x) ->
      happens s (collected s n r)
  | decide : forall s n x, happens s (decided s n x) (* that a node is removed; how it is agreed on is in Membership.tla *)
  | restart : forall s n (keep st : dots), (* what was not forced may be lost, and then what was called stable is known no more *)
      (forall x, forced s n x -> keep x) -> (forall x, keep x -> applied s n x) ->
      (forall x, st x -> stable s n x /\ forall y, applied s n y -> keep y) -> happens s (restarted s n keep st)
  | wipe : forall s n, happens s (wiped s n).

  Inductive reachable : group -> Prop :=
  | starts : reachable at_start
  | goes_on : forall s s', reachable s -> happens s s' -> reachable s'.

  (** ** What holds without regard to reports *)

  Record valid (s : group) : Prop := {
    v_view : forall k p, views s k p <= launch s p;
    v_own : forall k, views s k k = launch s k;
    v_wire : forall m, In m (wire s) -> m_launch m <= launch s (m_node m) /\
                                        (m_launch m = launch s (m_node m) -> applied s (m_node m) (m_dot m));
    v_hello : forall h p, In h (hellos s) -> h_view h p <= launch s p;
    v_report : forall r p, In r (reports s) -> r_view r p <= launch s p;
    v_removed : forall n x, removed s n x = true -> out s x = true;
    v_hello_removed : forall h x, In h (hellos s) -> h_removed h x = true -> out s x = true;
    v_report_removed : forall g x, In g (reports s) -> r_removed g x = true -> out s x = true;
    v_report_own : forall r, In r (reports s) -> r_launch r = r_view r (r_node r);
    v_forced : forall n x, forced s n x -> applied s n x;
    v_open : forall n k x, In k (open s n) -> k x -> applied s n x;
    v_not_joined : forall n, joined s n = false -> open s n = [];
    v_not_settled : forall n, settled s n = false -> joined s n = false /\ forall x, ~ applied s n x
  }.

  Ltac at_node := unfold upd in *; repeat match goal with
    | |- context [node_eq ?a ?b] => destruct (node_eq a b); subst
    | H : context [node_eq ?a ?b] |- _ => destruct (node_eq a b); subst
    end.

  Lemma merged_grows : forall n v w m, v m <= merged n v w m.
  Proof. intros n v w m. unfold merged. destruct (node_eq m n); lia. Qed.

  Lemma heard_grows : forall v m k, v k <= heard v m k.
  Proof. intros v m k. unfold heard. destruct (node_eq k (m_node m)); lia. Qed.

  Lemma valid_start : valid at_start.
  Proof.
    split; simpl; unfold no_dots; try tauto; try discriminate.
    - intros k p. destruct (node_eq p k); lia.
    - intros k. destruct (node_eq k k); congruence.
  Qed.

  Lemma valid_step : forall s s', valid s -> happens s s' -> valid s'.
  Proof.
    intros s s' G H. destruct H as [s n J|s n d C|s n os Hos|s n|s n d Hs Ha|s n m T|s n|s n h Hh|s n h Hh Hset Hout Hk|s n st Hs Hf Hst Ho
                                   |s n r Hs Hr Hj Hout Hk Hhad|s n r Hs Hnot Hall|s n x|s n keep st H1 H2 H3|s n].
    - (* begin *) split; simpl; try apply G.
      + intros m k x. at_node; [intros [<-|H] Hx; auto; now apply (v_open s G n k)|apply (v_open s G)].
      + intros m Hm. at_node; [congruence|now apply (v_not_joined s G)].
    - (* commit *) split; simpl; try apply G.
      + intros m Hm. destruct (v_wire s G m Hm) as (H1 & H2). split; auto. intros E. specialize (H2 E). at_node; auto. right. congruence.
      + intros m x Hx. apply (v_forced s G) in Hx. at_node; auto. now right.
      + intros m k x Hk Hx. apply (v_open s G m k x Hk) in Hx. at_node; auto. now right.
      + intros m Hm. destruct (v_not_settled s G m Hm) as (J & N). split; auto. intros x. at_node; [|apply N].
        destruct C as (C & _). congruence.
    - (* end *) split; simpl; try apply G.
      + intros m k x. at_node; [|apply (v_open s G)]. intros Hk. apply (v_open s G n). auto.
      + intros m Hm. apply (v_not_joined s G) in Hm. at_node; auto. destruct os as [|k os]; auto. specialize (Hos k (or_introl eq_refl)).
        rewrite Hm in Hos. destruct Hos.
    - (* force *) split; simpl; try apply G. intros m x. at_node; [auto|apply (v_forced s G)].
    - (* send *) split; simpl; try apply G. intros m [<-|Hm]; simpl; [|now apply (v_wire s G)]. split; auto.
    - (* deliver *) destruct T as (Hm & Hs & Hout & Hv & Hnew & Hobs). split; simpl; try apply G.
      + intros k p. at_node; [|apply (v_view s G)]. unfold heard. destruct (node_eq p (m_node m)) as [->|]; [|apply (v_view s G)].
        pose proof (v_view s G n (m_node m)). destruct (v_wire s G m Hm). lia.
      + intros k. at_node; [|apply (v_own s G)]. unfold heard. destruct (node_eq n (m_node m)) as [E|]; [|apply (v_own s G)].
        pose proof (v_own s G n). destruct (v_wire s G m Hm) as (H1 & _). rewrite <- E in *. lia.
      + intros q Hq. destruct (v_wire s G q Hq) as (H1 & H2). split; auto. intros E. specialize (H2 E). at_node; auto. right. congruence.
      + intros k x Hx. apply (v_forced s G) in Hx. at_node; auto. now right.
      + intros k q x Hq Hx. apply (v_open s G k q x Hq) in Hx. at_node; auto. now right.
      + intros k Hk. destruct (v_not_settled s G k Hk) as (J & N). split; auto. intros x. at_node; [congruence|apply N].
    - (* hello *) split; simpl; try apply G.
      + intros h p [<-|Hh]; simpl; [apply (v_view s G)|now apply (v_hello s G)].
      + intros h x [<-|Hh]; simpl; [apply (v_removed s G)|now apply (v_hello_removed s G)].
    - (* adopt *) split; simpl; try apply G.
      + intros k p. at_node; [|apply (v_view s G)]. unfold merged. destruct (node_eq p n); [apply (v_view s G)|].
        pose proof (v_view s G n p). pose proof (v_hello s G h p Hh). lia.
      + intros k. at_node; [|apply (v_own s G)]. unfold merged. destruct (node_eq n n); [apply (v_own s G)|congruence].
      + intros k x. at_node; [|apply (v_removed s G)]. intros E. apply orb_true_iff in E.
        destruct E as [E|E]; [now apply (v_removed s G n)|now apply (v_hello_removed s G h)].
      + intros k Hk. apply (v_not_settled s G). at_node; auto.
    - (* settle *) split; simpl; try apply G.
      + intros k p. at_node; [|apply (v_view s G)]. unfold merged. destruct (node_eq p n); [apply (v_view s G)|].
        pose proof (v_view s G n p). pose proof (v_hello s G h p Hh). lia.
      + intros k. at_node; [|apply (v_own s G)]. unfold merged. destruct (node_eq n n); [apply (v_own s G)|congruence].
      + intros k x. at_node; [|apply (v_removed s G)]. intros E. apply orb_true_iff in E.
        destruct E as [E|E]; [now apply (v_removed s G n)|now apply (v_hello_removed s G h)].
      + intros k Hq. at_node; [discriminate|]. now apply (v_not_settled s G).
    - (* report *) split; simpl; try apply G.
      + intros r p [<-|Hr]; simpl; [apply (v_view s G)|now apply (v_report s G)].
      + intros r x [<-|Hr]; simpl; [apply (v_removed s G)|now apply (v_report_removed s G)].
      + intros r [<-|Hr]; simpl; [symmetry; apply (v_own s G)|now apply (v_report_own s G)].
    - (* join *) split; simpl; try apply G.
      + intros m. at_node; [discriminate|apply (v_not_joined s G)].
      + intros m Hm. destruct (v_not_settled s G m Hm) as (J & N). split; auto. at_node; auto. congruence.
    - (* collect *) split; simpl; try apply G.
    - (* decide *) split; simpl; try apply G.
      + intros k y E. pose proof (v_removed s G k y) as Hk. at_node; auto.
      + intros h y Hh E. pose proof (v_hello_removed s G h y Hh E). at_node; auto.
      + intros g y Hg E. pose proof (v_report_removed s G g y Hg E). at_node; auto.
    - (* restart *) split; simpl; try apply G.
      + intros k p. pose proof (v_view s G k p). at_node; lia.
      + intros k. at_node; try congruence. apply (v_own s G).
      + intros m Hm. destruct (v_wire s G m Hm) as (Hle & Hap). at_node; [split; intros; lia|auto].
      + intros h p Hh. pose proof (v_hello s G h p Hh). at_node; lia.
      + intros r p Hr. pose proof (v_report s G r p Hr). at_node; lia.
      + intros m x. at_node; [auto|apply (v_forced s G)].
      + intros m k x. at_node; [intros []|apply (v_open s G)].
      + intros m Hm. at_node; [auto|now apply (v_not_joined s G)].
      + intros m Hm. destruct (v_not_settled s G m Hm) as (J & N). split; auto. intros x Hx. at_node; [|now apply (N x)].
        apply (N x). now apply H2.
    - (* wipe *) split; simpl; try apply G.
      + intros k p. pose proof (v_view s G k p). at_node; lia.
      + intros k. at_node; try congruence. apply (v_own s G).
      + intros m Hm. destruct (v_wire s G m Hm) as (Hle & Hap). at_node; [split; intros; lia|auto].
      + intros h p Hh. pose proof (v_hello s G h p Hh). at_node; lia.
      + intros r p Hr. pose proof (v_report s G r p Hr). at_node; lia.
      + intros k x. at_node; [discriminate|apply (v_removed s G)].
      + intros m x. at_node; [auto|apply (v_forced s G)].
      + intros m k x. at_node; [intros []|apply (v_open s G)].
      + intros m Hm. at_node; [auto|now apply (v_not_joined s G)].
      + intros m. at_node; [unfold no_dots; auto|apply (v_not_settled s G)].
  Qed.

  Theorem reachable_is_valid : forall s, reachable s -> valid s.
  Proof. intros s H. induction H as [|s s' _ IH H]; [apply valid_start|]. now apply valid_step with s. Qed.

  (** ** One view, and one report of each member in it *)
  Section Era.
    Variable v : view.
    Variable z : Node -> bool. (* who is removed in it *)
    Variable r : Node -> report.
    Hypothesis of_one_view : forall m, z m = false ->
      r_node (r m) = m /\ r_launch (r m) = v m /\ (forall p, r_view (r m) p = v p) /\ forall p, r_removed (r m) p = z p.

    (** Members of which the report has been made. The others still can make theirs: they are in that launch, and not beyond that view. *)
    Definition under_way (s : group) (made : Node -> bool) : Prop :=
      (forall m, made m = true -> z m = false /\ In (r m) (reports s)) /\
      (forall m, made m = false -> z m = false ->
         launch s m = v m /\ (forall p, views s m p <= v p) /\ forall p, removed s m p = true -> z p = true).

    (** A transaction that does no harm: some report that was made tells of it, or it had observed what such a report calls stable, or
        a member has it whose report is still to come, and will tell of it. *)
    Definition harmless (s : group) (made : Node -> bool) (d : Dot) : Prop :=
      (exists m, made m = true /\ r_had (r m) d) \/
      (exists m, made m = true /\ forall x, r_stable (r m) x -> observed d x) \/
      (exists m, made m = false /\ z m = false /\ applied s m d).

    Record era (s : group) (made : Node -> bool) : Prop := {
      e_view : forall k p, made k = true -> settled s k = true -> v p <= views s k p;
      e_removed : forall k p, made k = true -> settled s k = true -> z p = true -> removed s k p = true;
      e_launch : forall k, made k = true -> v k <= launch s k;
      e_not_settled : forall k, made k = true -> settled s k = false -> v k < launch s k;
      e_applied : forall k d, made k = true -> applied s k d -> harmless s made d;
      e_holds : forall k, made k = true ->
        (exists m, made m = true /\ forall x, r_stable (r m) x -> forced s k x) \/ (joined s k = false /\ v k < launch s k);
      e_open : forall k o, made k = true -> In o (open s k) -> exists m, made m = true /\ forall x, r_stable (r m) x -> o x;
      e_wire : forall m, In m (wire s) -> made (m_node m) = true -> v (m_node m) <= m_launch m -> harmless s made (m_dot m);
      e_hello : forall h k, In h (hellos s) -> h_settled h = true -> z (h_node h) = false -> made k = true -> v k < h_view h k ->
        forall p, v p <= h_view h p /\ (z p = true -> h_removed h p = true);
      e_guide : forall g k, In g (reports s) -> r_joined g = true -> z (r_node g) = false -> made k = true -> v k < r_view g k ->
        exists m, made m = true /\ forall x, r_stable (r m) x -> r_had g x
    }.

    Lemma era_of_none : forall s made, (forall k, made k = false) -> era s made.
    Proof. intros s made H. split; intros; rewrite H in *; discriminate. Qed.

    (** What is applied where reports are still to come stays applied there: so what did no harm does none. *)
    Lemma harmless_stays : forall s s' made d, (forall m x, made m = false -> z m = false -> applied s m x -> applied s' m x) ->
      harmless s made d -> harmless s' made d.
    Proof.
      intros s s' made d H [Hd|[Hd|(m & Hm & Hz & Hd)]]; [now left|right; now left|]. right. right. exists m. auto.
    Qed.

    (** A message that a settled node takes. *)
    Lemma taken_is_harmless : forall s made n m, valid s -> era s made -> under_way s made -> made n = true -> takes s n m ->
      harmless s made (m_dot m).
    Proof.
      intros s made n m G E (_ & U) Hn (Hm & Hs & Hout & Hv & _). pose proof (e_view s made E n (m_node m) Hn Hs) as Hle.
      assert (Hz : z (m_node m) = false).
      { destruct (z (m_node m)) eqn:Z; auto. rewrite (e_removed s made E n (m_node m) Hn Hs Z) in Hout. discriminate. }
      destruct (made (m_node m)) eqn:K; [apply (e_wire s made E); auto; lia|].
      right. right. exists (m_node m). split; auto. split; auto. destruct (v_wire s G m Hm) as (H1 & H2). apply H2.
      destruct (U _ K Hz) as (H3 & _). lia.
    Qed.

    Lemma new_launch_ends_it : forall s s' n made, valid s ->
      (forall m, made m = true -> z m = false /\ In (r m) (reports s)) -> launch s' n = S (launch s n) ->
      launch s' n = v n -> forall k, made k = false.
    Proof.
      intros s s' n made G Hin Hl Hv k. destruct (made k) eqn:K; auto. exfalso. destruct (Hin k K) as (Z & I).
      destruct (of_one_view k Z) as (_ & _ & H & _). pose proof (v_report s G (r k) n I) as H1. rewrite H in H1. lia.
    Qed.

    (** A report that is made is this member's, or one of no concern. *)
    Lemma era_report : forall s n (st : dots) made, valid s -> settled s n = true ->
      (forall x, applied s n x -> forced s n x) -> (forall x, st x -> applied s n x) ->
      (forall (k : dots) x, In k (open s n) -> st x -> k x) ->
      (forall made, under_way s made -> era s made) -> under_way (reported s n st) made -> era (reported s n st) made.
    Proof.
      intros s n st made G Hs Hf Hst Ho IH (U1 & U2). simpl in U1, U2.
      assert (Own : forall m, z m = false -> r m = report_of s n st -> m = n).
      { intros m Z Em. destruct (of_one_view m Z) as (En & _). rewrite Em in En. simpl in En. congruence. }
      (* the new report as a guide's *)
      assert (Old : under_way s made -> (made n = false -> z n = false -> forall k, views s n k <= v k) -> era (reported s n st) made).
      { intros U Hv. assert (E : era s made) by now apply IH. split; simpl; try apply E.
        intros g k [<-|Hg]; [|now apply (e_guide s made E)]. simpl. intros Hj Hz Hk Hlt. destruct (made n) eqn:Mn.
        - destruct (e_holds s made E n Mn) as [(m & Hm & Hx)|(Hj' & _)]; [|congruence]. exists m. split; auto.
          intros x Hx'. apply (v_forced s G). auto.
        - specialize (Hv eq_refl Hz k). lia. }
      destruct (made n) eqn:Mn.
      - destruct (U1 n Mn) as (Zn & [En|In_]).
        + (* it is this member's *)
          destruct (of_one_view n Zn) as (_ & Hl & Hv & Hrem). rewrite <- En in Hl, Hv, Hrem. simpl in Hl, Hv, Hrem.
          set (before := fun m => if node_eq m n then false else made m).
          assert (Sub : forall m, before m = true -> made m = true).
          { intros m. unfold before. destruct (node_eq m n); [discriminate|auto]. }
          assert (Rest : forall m, made m = true -> m <> n -> before m = true).
          { intros m Hm Hne. unfold before. destruct (node_eq m n); [congruence|auto]. }
          assert (U0 : under_way s before).
          { split.
            - intros m Hm. destruct (U1 m (Sub m Hm)) as (Z & [Em|]); auto. symmetry in Em. apply Own in Em; auto. subst m.
              unfold before in Hm. destruct (node_eq n n); [discriminate|congruence].
            - intros m Hm. unfold before in Hm. destruct (node_eq m n) as [->|]; [|now apply U2]. intros _. split; auto. split.
              + intros p. rewrite Hv. auto.
              + intros p. rewrite Hrem. auto. }
          assert (E : era s before) by now apply IH.
          assert (Stay : forall d, harmless s before d -> harmless (reported s n st) made d).
          { intros d [(m & Hm & Hd)|[(m & Hm & Hd)|(m & Hm & Z & Hd)]].
            - left. exists m. auto.
            - right. left. exists m. auto.
            - destruct (node_eq m n) as [->|Hne].
              + left. exists n. split; auto. rewrite <- En. exact Hd.
              + right. right. exists m. split; auto. unfold before in Hm. destruct (node_eq m n); congruence. }
          split; simpl.
          * intros k p Hk Hset. destruct (node_eq k n) as [->|Hne]; [rewrite Hv; auto|]. now apply (e_view s before E); auto.
          * intros k p Hk Hset Hz. destruct (node_eq k n) as [->|Hne]; [now rewrite Hrem|]. now apply (e_removed s before E); auto.
          * intros k Hk. destruct (node_eq k n) as [->|Hne]; [lia|]. now apply (e_launch s before E); auto.
          * intros k Hk Hset. destruct (node_eq k n) as [->|Hne]; [congruence|]. now apply (e_not_settled s before E); auto.
          * intros k d Hk Hd. destruct (node_eq k n) as [->|Hne].
            -- left. exists n. split; auto. rewrite <- En. exact Hd.
            -- apply Stay. now apply (e_applied s before E k); auto.
          * intros k Hk. destruct (node_eq k n) as [->|Hne].
            -- left. exists n. split; auto. rewrite <- En. simpl. auto.
            -- destruct (e_holds s before E k (Rest k Hk Hne)) as [(m & Hm & Hx)|Hx]; [left; exists m; auto|now right].
          * intros k o Hk Hin. destruct (node_eq k n) as [->|Hne].
            -- exists n. split; auto. rewrite <- En. simpl. intros x Hx. now apply (Ho o).
            -- destruct (e_open s before E k o (Rest k Hk Hne) Hin) as (m & Hm & Hx). exists m. auto.
          * intros m Hm Hk Hle. destruct (node_eq (m_node m) n) as [Em|Hne].
            -- left. exists n. split; auto. rewrite <- En. simpl. destruct (v_wire s G m Hm) as (H1 & H2). rewrite <- Em. apply H2.
               rewrite Em in *. lia.
            -- apply Stay. now apply (e_wire s before E); auto.
          * intros h k Hh Hset Hz Hk Hlt. destruct (node_eq k n) as [->|Hne].
            -- pose proof (v_hello s G h n Hh). lia.
            -- now apply (e_hello s before E h k); auto.
          * intros g k [<-|Hg] Hj Hz Hk Hlt.
            -- simpl in Hlt. specialize (Hv k). lia.
            -- destruct (node_eq k n) as [->|Hne].
               ++ pose proof (v_report s G g n Hg). lia.
               ++ destruct (e_guide s before E g k Hg Hj Hz (Rest k Hk Hne) Hlt) as (m & Hm & Hx). exists m. auto.
        + apply Old; [|congruence]. split; auto. intros m Hm. destruct (U1 m Hm) as (Z & [Em|]); auto.
          symmetry in Em. apply Own in Em; auto. now subst m.
      - apply Old.
        + split; auto. intros m Hm. destruct (U1 m Hm) as (Z & [Em|]); auto. symmetry in Em. apply Own in Em; auto. congruence.
        + intros _ Z k. now apply U2.
    Qed.

    (** Nobody who is removed in the view vouches for anything: it is known by then. *)
    Lemma not_removed : forall s made k m, valid s -> under_way s made -> made k = true -> out s m = false -> z m = false.
    Proof.
      intros s made k m G (U & _) Hk Hout. destruct (U k Hk) as (Zk & I). destruct (of_one_view k Zk) as (_ & _ & _ & H).
      destruct (z m) eqn:Z; auto. rewrite <- H in Z. rewrite (v_report_removed s G (r k) m I Z) in Hout. discriminate.
    Qed.

    Lemma era_step : forall s s', valid s -> happens s s' -> (forall made, under_way s made -> era s made) ->
      forall made, under_way s' made -> era s' made.
    Proof.
      intros s s' G H IH made U.
      destruct H as [s n J|s n d C|s n os Hos|s n|s n d Hs Ha|s n m T|s n|s n h Hh|s n h Hh Hset Hout Hk|s n st Hs Hf Hst Ho
                    |s n g Hs Hg Hj Hout Hk Hhad|s n q Hs Hnot Hall|s n x|s n keep st H1 H2 H3|s n].
      - (* begin *)
        assert (E : era s made) by (apply IH, U). split; simpl; try apply E.
        intros k o Hm. at_node; [|now apply (e_open s made E)]. intros [<-|Ho]; [|now apply (e_open s made E n)].
        destruct (e_holds s made E n Hm) as [(m & Hmm & Hx)|(J' & _)]; [|congruence]. exists m. split; auto.
        intros x Hx'. apply (v_forced s G). auto.
      - (* commit *)
        assert (E : era s made) by (apply IH, U).
        assert (Stay : forall x, harmless s made x -> harmless (committed s n d) made x).
        { intros x. apply harmless_stays. intros m y _ _ Hy. simpl. at_node; auto. now right. }
        split; simpl; try apply E.
        + intros k x Hm. at_node; [|intros Hx; apply Stay; now apply (e_applied s made E k)].
          intros [->|Hx]; [|apply Stay; now apply (e_applied s made E n)].
          destruct C as (_ & o & Ho & Hobs). destruct (e_open s made E n o Hm Ho) as (m & Hmm & Hx). right. left.
          exists m. split; auto. intros y Hy. apply Hobs. auto.
        + intros m Hm Hk Hv. apply Stay. now apply (e_wire s made E).
      - (* end *)
        assert (E : era s made) by (apply IH, U). split; simpl; try apply E.
        intros k o Hm. at_node; [|now apply (e_open s made E)]. intros Ho. apply (e_open s made E n); auto.
      - (* force *)
        assert (E : era s made) by (apply IH, U). split; simpl; try apply E.
        intros k Hm. destruct (e_holds s made E k Hm) as [(m & Hmm & Hx)|Hj]; auto. left. exists m. split; auto.
        intros x Hx'. at_node; auto. apply (v_forced s G). auto.
      - (* send *)
        assert (E : era s made) by (apply IH, U). split; simpl; try apply E.
        intros m [<-|Hm]; simpl; [|now apply (e_wire s made E)]. intros Hn _. now apply (e_applied s made E n).
      - (* deliver *)
        assert (Hgrow : forall k p, views s k p <= views (delivered s n m) k p).
        { intros k p. simpl. at_node; auto. apply heard_grows. }
        assert (U0 : under_way s made).
        { destruct U as (U1 & U2). split; auto. intros k Hk Hz. destruct (U2 k Hk Hz) as (L & W & Z). split; auto. split.
          - intros p. specialize (W p). specialize (Hgrow k p). lia.
          - intros p Hp. apply Z. simpl. at_node; rewrite ?Hp; auto. }
        assert (E : era s made) by now apply IH.
        assert (Stay : forall x, harmless s made x -> harmless (delivered s n m) made x).
        { intros x. apply harmless_stays. intros k y _ _ Hy. simpl. at_node; auto. now right. }
        split; try apply E.
        + intros k p Hm Hset. specialize (Hgrow k p). pose proof (e_view s made E k p Hm Hset). lia.
        + intros k x Hm Hx. apply Stay. simpl in Hx. at_node; [|now apply (e_applied s made E k)].
          destruct Hx as [->|Hx]; [|now apply (e_applied s made E n)]. now apply taken_is_harmless with n.
        + intros q Hq Hk Hv. apply Stay. now apply (e_wire s made E).
      - (* hello *)
        assert (E : era s made) by (apply IH, U). split; simpl; try apply E.
        intros h k [<-|Hh]; simpl; [|now apply (e_hello s made E)]. intros Hset Hz Hm Hlt p.
        destruct (made n) eqn:K; [split; [now apply (e_view s made E)|now apply (e_removed s made E)]|].
        destruct U as (_ & U). destruct (U n K Hz) as (_ & W & _). specialize (W k). simpl in W. lia.
      - (* adopt *)
        assert (Hgrow : forall k p, views s k p <= views (adopted s n h (settled s n)) k p).
        { intros k p. simpl. at_node; auto. apply merged_grows. }
        assert (U0 : under_way s made).
        { destruct U as (U1 & U2). split; auto. intros k Hk Hz. destruct (U2 k Hk Hz) as (L & W & Z). split; auto. split.
          - intros p. specialize (W p). specialize (Hgrow k p). lia.
          - intros p Hp. apply Z. simpl. at_node; rewrite ?Hp; auto. }
        assert (E : era s made) by now apply IH. split; try apply E.
        + intros k p Hm Hset. specialize (Hgrow k p). assert (Hset' : settled s k = true) by (simpl in Hset; at_node; auto).
          pose proof (e_view s made E k p Hm Hset'). lia.
        + intros k p Hm Hset Hz. assert (Hset' : settled s k = true) by (simpl in Hset; at_node; auto).
          pose proof (e_removed s made E k p Hm Hset' Hz) as Hr. simpl. at_node; auto. now rewrite Hr.
        + intros k Hm Hset. apply (e_not_settled s made E); auto. simpl in Hset. at_node; auto.
      - (* settle *)
        assert (Hgrow : forall k p, views s k p <= views (adopted s n h true) k p).
        { intros k p. simpl. at_node; auto. apply merged_grows. }
        assert (U0 : under_way s made).
        { destruct U as (U1 & U2). split; auto. intros k Hm Hz. destruct (U2 k Hm Hz) as (L & W & Z). split; auto. split.
          - intros p. specialize (W p). specialize (Hgrow k p). lia.
          - intros p Hp. apply Z. simpl. at_node; rewrite ?Hp; auto. }
        assert (E : era s made) by now apply IH. split; try apply E.
        + intros k p Hm Hset'. pose proof (Hgrow k p) as Hg. destruct (settled s k) eqn:Sk.
          * pose proof (e_view s made E k p Hm Sk). lia.
          * simpl in Hset'. at_node; [|congruence]. pose proof (e_not_settled s made E n Hm Sk) as Hlt. rewrite <- Hk in Hlt.
            destruct (e_hello s made E h n Hh Hset (not_removed s made n (h_node h) G U0 Hm Hout) Hm Hlt p) as (Hp & _).
            simpl. at_node; [|congruence]. unfold merged.
            destruct (node_eq p n) as [->|]; [|lia]. rewrite (v_own s G). lia.
        + intros k p Hm Hset' Hz. destruct (settled s k) eqn:Sk.
          * pose proof (e_removed s made E k p Hm Sk Hz) as Hr. simpl. at_node; auto. now rewrite Hr.
          * simpl in Hset'. at_node; [|congruence]. pose proof (e_not_settled s made E n Hm Sk) as Hlt. rewrite <- Hk in Hlt.
            destruct (e_hello s made E h n Hh Hset (not_removed s made n (h_node h) G U0 Hm Hout) Hm Hlt p) as (_ & Hp).
            simpl. at_node; [|congruence]. rewrite (Hp Hz). apply orb_true_r.
        + intros k Hm Hset'. apply (e_not_settled s made E); auto. simpl in Hset'. at_node; [discriminate|auto].
      - (* report *) now apply era_report.
      - (* join *)
        assert (E : era s made) by (apply IH, U). split; simpl; try apply E.
        intros k Hm. at_node; [|now apply (e_holds s made E)].
        destruct (e_holds s made E n Hm) as [Hx|(_ & Hlt)]; [now left|]. left. rewrite <- Hk in Hlt.
        destruct (e_guide s made E g n Hg Hj (not_removed s made n (r_node g) G U Hm Hout) Hm Hlt) as (m & Hmm & Hx).
        exists m. split; auto.
      - (* collect *)
        assert (E : era s made) by (apply IH, U). split; simpl; try apply E.
      - (* decide *)
        assert (U0 : under_way s made).
        { destruct U as (U1 & U2). split; auto. intros k Hm Hz. destruct (U2 k Hm Hz) as (L & W & Z). split; auto. split; auto.
          intros p Hp. apply Z. simpl. at_node; auto. }
        assert (E : era s made) by now apply IH. split; simpl; try apply E.
        intros k p Hm Hset Hz. pose proof (e_removed s made E k p Hm Hset Hz). at_node; auto.
      - (* restart *)
        destruct (made n || z n) eqn:Mz.
        2:{ apply orb_false_iff in Mz. destruct Mz as (Mn & Zn). destruct U as (U1 & U2). apply era_of_none.
            apply (new_launch_ends_it s (restarted s n keep st) n made G); auto; simpl.
            - at_node; congruence.
            - now apply (U2 n). }
        assert (U0 : under_way s made).
        { destruct U as (U1 & U2). split; auto. intros k Hm Hz. destruct (U2 k Hm Hz) as (L & W & Z). simpl in L, W, Z.
          unfold upd in *. destruct (node_eq k n) as [->|]; [rewrite Hm, Hz in Mz; discriminate|auto]. }
        assert (E : era s made) by now apply IH.
        assert (Stay : forall x, harmless s made x -> harmless (restarted s n keep st) made x).
        { intros x. apply harmless_stays. intros m y Hm Hz Hy. simpl. unfold upd.
          destruct (node_eq m n) as [->|]; [rewrite Hm, Hz in Mz; discriminate|auto]. }
        split; try apply E.
        + intros k p Hm Hset. simpl in *. pose proof (e_view s made E k p Hm Hset). pose proof (e_launch s made E k Hm). at_node; lia.
        + intros k Hm. simpl. pose proof (e_launch s made E k Hm). at_node; lia.
        + intros k Hm Hset. simpl in *. pose proof (e_not_settled s made E k Hm Hset). at_node; lia.
        + intros k d Hm Hd. apply Stay. apply (e_applied s made E k); auto. simpl in Hd. at_node; auto.
        + intros k Hm. simpl. destruct (e_holds s made E k Hm) as [(m & Hmm & Hx)|(Hj & Hlt)].
          * left. exists m. split; auto. intros x Hx'. at_node; auto.
          * right. split; auto. at_node; lia.
        + intros k o Hm. simpl. at_node; [intros []|now apply (e_open s made E)].
        + intros m Hm Hk Hv. apply Stay. now apply (e_wire s made E).
      - (* wipe *)
        destruct (made n || z n) eqn:Mz.
        2:{ apply orb_false_iff in Mz. destruct Mz as (Mn & Zn). destruct U as (U1 & U2). apply era_of_none.
            apply (new_launch_ends_it s (wiped s n) n made G); auto; simpl.
            - at_node; congruence.
            - now apply (U2 n). }
        assert (U0 : under_way s made).
        { destruct U as (U1 & U2). split; auto. intros k Hm Hz. destruct (U2 k Hm Hz) as (L & W & Z). simpl in L, W, Z.
          unfold upd in *. destruct (node_eq k n) as [->|]; [rewrite Hm, Hz in Mz; discriminate|auto]. }
        assert (E : era s made) by now apply IH.
        assert (Stay : forall x, harmless s made x -> harmless (wiped s n) made x).
        { intros x. apply harmless_stays. intros m y Hm Hz Hy. simpl. unfold upd.
          destruct (node_eq m n) as [->|]; [rewrite Hm, Hz in Mz; discriminate|auto]. }
        split; try apply E.
        + intros k p Hm Hset. simpl in *. unfold upd in Hset. destruct (node_eq k n); [discriminate|].
          pose proof (e_view s made E k p Hm Hset). at_node; congruence || lia.
        + intros k p Hm Hset Hz. simpl in *. unfold upd in Hset. destruct (node_eq k n); [discriminate|].
          pose proof (e_removed s made E k p Hm Hset Hz). at_node; congruence || auto.
        + intros k Hm. simpl. pose proof (e_launch s made E k Hm). at_node; lia.
        + intros k Hm Hset. simpl in *. pose proof (e_launch s made E k Hm). at_node; [lia|now apply (e_not_settled s made E)].
        + intros k d Hm Hd. apply Stay. apply (e_applied s made E k); auto. simpl in Hd. at_node; [destruct Hd|auto].
        + intros k Hm. simpl. destruct (node_eq k n) as [->|Hk].
          * right. pose proof (e_launch s made E n Hm). at_node; try congruence. split; [auto|lia].
          * destruct (e_holds s made E k Hm) as [(m & Hmm & Hx)|(Hj & Hlt)].
            -- left. exists m. split; auto. intros x Hx'. at_node; [congruence|auto].
            -- right. at_node; [congruence|auto].
        + intros k o Hm. simpl. at_node; [intros []|now apply (e_open s made E)].
        + intros m Hm Hk Hv. apply Stay. now apply (e_wire s made E).
    Qed.

    Theorem every_era : forall s, reachable s -> forall made, under_way s made -> era s made.
    Proof.
      intros s H. induction H as [|s s' R IH H].
      - intros made (U & _). apply era_of_none. intros k. destruct (made k) eqn:K; auto. destruct (U k K) as (_ & []).
      - intros made U. apply (era_step s s'); auto. now apply reachable_is_valid.
    Qed.
  End Era.

  (** ** What a node calls stable comes from one report of each member, in one view *)

  Definition vouched (s : group) (n : Node) (x : Dot) : Prop :=
    exists (v : view) (z : Node -> bool) (r : Node -> report),
      (forall m, z m = false ->
         r_node (r m) = m /\ r_launch (r m) = v m /\ (forall p, r_view (r m) p = v p) /\ forall p, r_removed (r m) p = z p) /\
      (forall m, z m = false -> In (r m) (reports s) /\ r_stable (r m) x /\ forall y, r_had (r m) y -> applied s n y) /\
      settled s n = true /\ z n = false.

  Lemma vouched_stays : forall s s' n x,
    (forall g, In g (reports s) -> In g (reports s')) -> (forall y, applied s n y -> applied s' n y) ->
    (settled s n = true -> settled s' n = true) -> vouched s n x -> vouched s' n x.
  Proof.
    intros s s' n x H1 H2 H3 (v & z & r & One & Hall & Hs & Hz). exists v, z, r. split; auto. split; auto.
    intros m Hm. destruct (Hall m Hm) as (I & St & Had). auto.
  Qed.

  Lemma stable_is_vouched : forall s, reachable s -> forall n x, stable s n x -> vouched s n x.
  Proof.
    intros s H. induction H as [|s s' R IH H]; [intros n x []|].
    destruct H as [s n J|s n d C|s n os Hos|s n|s n d Hs Ha|s n m T|s n|s n h Hh|s n h Hh Hset Hout Hk|s n st Hs Hf Hst Ho
                  |s n g Hs Hg Hj Hout Hk Hhad|s n q Hs Hnot Hall|s n y|s n keep st H1 H2 H3|s n]; intros k x Hx; simpl in Hx.
    - apply (vouched_stays s); auto.
    - apply (vouched_stays s); auto. intros y Hy. simpl. at_node; auto. now right.
    - apply (vouched_stays s); auto.
    - apply (vouched_stays s); auto.
    - apply (vouched_stays s); auto.
    - apply (vouched_stays s); auto. intros y Hy. simpl. at_node; auto. now right.
    - apply (vouched_stays s); auto.
    - apply (vouched_stays s); auto. simpl. intros. at_node; auto.
    - apply (vouched_stays s); auto. simpl. intros. at_node; auto.
    - apply (vouched_stays s); auto. simpl. auto.
    - apply (vouched_stays s); auto.
    - unfold upd in Hx. destruct (node_eq k n) as [->|]; [destruct Hx as [Hx|Hx]|]; try (apply (vouched_stays s); auto; fail).
      exists (views s n), (removed s n), q. repeat split; auto; try (intros; now apply Hall). intros y Hy. now apply (Hall m H).
    - apply (vouched_stays s); auto.
    - unfold upd in Hx. destruct (node_eq k n) as [->|Hne].
      + destruct (H3 x Hx) as (Hold & Hkept). apply (vouched_stays s); auto; simpl. intros y Hy. at_node; [auto|congruence].
      + apply (vouched_stays s); auto; simpl; intros; at_node; congruence || auto.
    - unfold upd in Hx. destruct (node_eq k n) as [->|Hne]; [destruct Hx|].
      apply (vouched_stays s); auto; simpl; intros; at_node; congruence || auto.
  Qed.

  (** All reports of a view have been made. *)
  Lemma all_made : forall s v z r,
    (forall m, z m = false -> In (r m) (reports s)) -> under_way v z r s (fun m => negb (z m)).
  Proof.
    intros s v z r H. split; intros m Hm; [apply negb_true_iff in Hm|apply negb_false_iff in Hm]; [auto|congruence].
  Qed.

  (** Whatever a node takes from another one had observed all that the node calls stable. *)
  Theorem what_arrives_observed_the_stable : forall s n m, reachable s -> takes s n m ->
    forall x, stable s n x -> observed (m_dot m) x.
  Proof.
    intros s n m R T x Hx. destruct (stable_is_vouched s R n x Hx) as (v & z & r & One & Hall & Hs & Hz).
    assert (U : under_way v z r s (fun k => negb (z k))) by (apply all_made; intros; now apply Hall).
    pose proof (every_era v z r One s R _ U) as E.
    destruct (taken_is_harmless v z r s _ n m (reachable_is_valid s R) E U (proj2 (negb_true_iff _) Hz) T)
      as [(k & Hk & Hd)|[(k & Hk & Hd)|(k & Hk & Hk' & _)]].
    - apply negb_true_iff in Hk. destruct T as (_ & _ & _ & _ & Hnew & _). exfalso. apply Hnew. now apply (Hall k Hk).
    - apply negb_true_iff in Hk. apply Hd. now apply (Hall k Hk).
    - rewrite Hk' in Hk. discriminate.
  Qed.

  (** And so had whatever it commits itself. *)
  Theorem what_is_committed_observed_the_stable : forall s n d, reachable s -> commits s n d -> forall x, stable s n x -> observed d x.
  Proof.
    intros s n d R (_ & k & Hk & Hobs) x Hx. destruct (stable_is_vouched s R n x Hx) as (v & z & r & One & Hall & Hs & Hz).
    assert (U : under_way v z r s (fun k => negb (z k))) by (apply all_made; intros; now apply Hall).
    pose proof (every_era v z r One s R _ U) as E. apply Hobs.
    destruct (e_open v z r s _ E n k (proj2 (negb_true_iff _) Hz) Hk) as (m & Hm & Hst). apply negb_true_iff in Hm.
    apply Hst. now apply (Hall m Hm).
  Qed.
End Stability.

(** ** Something does become stable: of two nodes, one commits, the other one takes it, both report, and both call it stable *)
Section Example.
  Let nothing : dots unit := fun _ => False.
  Let seen : unit -> unit -> Prop := fun _ _ => False. (* the transaction has observed nothing *)
  Let everything : dots unit := fun _ => True.
  Let m := {| m_node := true; m_launch := 1; m_dot := tt |}.
  Let no_one : bool -> bool := fun _ => false.
  Notation eq := bool_dec.

  Let s0 := at_start bool unit eq.
  Let s1 := begun bool unit eq s0 true.
  Let s2 := ended bool unit eq (committed bool unit eq s1 true tt) true [].
  Let s3 := sent bool unit s2 true tt.
  Let s4 := delivered bool unit eq s3 false m.
  Let s5 := greeted bool unit s4 false.
  Let h := {| h_node := false; h_view := views bool unit s4 false; h_removed := no_one; h_settled := true |}.
  Let s6 := adopted bool unit eq s5 true h true.
  Let s7 := all_forced bool unit eq (all_forced bool unit eq s6 true) false.
  Let s8 := reported bool unit (reported bool unit s7 true everything) false everything.
  Let r (n : bool) := report_of bool unit s7 n everything.
  Let s9 := collected bool unit eq (collected bool unit eq s8 true r) false r.

  Theorem something_becomes_stable : exists s, reachable bool unit eq seen s /\ forall n, stable bool unit s n tt.
  Proof.
    exists s9. split.
    - assert (R0 : reachable bool unit eq seen s0) by constructor.
      assert (R1 : reachable bool unit eq seen s1) by (eapply goes_on; [exact R0|now apply begin_]).
      assert (R2 : reachable bool unit eq seen s2).
      { eapply goes_on; [eapply goes_on; [exact R1|apply commit]|apply end_].
        - split; auto. exists nothing. split; [now left|]. intros x. split; intros [].
        - intros k []. }
      assert (R3 : reachable bool unit eq seen s3).
      { eapply goes_on; [exact R2|apply send]; [reflexivity|left; reflexivity]. }
      assert (R4 : reachable bool unit eq seen s4).
      { eapply goes_on; [exact R3|apply deliver]. split; [now left|]. repeat split; simpl; auto. }
      assert (R5 : reachable bool unit eq seen s5) by (eapply goes_on; [exact R4|apply greet]).
      assert (R6 : reachable bool unit eq seen s6) by (eapply goes_on; [exact R5|apply adopt; now left]).
      assert (R7 : reachable bool unit eq seen s7).
      { eapply goes_on; [eapply goes_on; [exact R6|apply force]|apply force]. }
      assert (R8 : reachable bool unit eq seen s8).
      { eapply goes_on; [eapply goes_on; [exact R7|apply reports_]|apply reports_]; simpl; auto; try (intros k x []).
        - intros [] _. now left.
        - intros [] _. now left. }
      eapply goes_on; [eapply goes_on; [exact R8|apply collect]|apply collect]; simpl; auto; intros [|] _; simpl; repeat split;
        auto; intros [|]; reflexivity.
    - intros [|]; right; intros [|] _; exact I.
  Qed.
End Example.
