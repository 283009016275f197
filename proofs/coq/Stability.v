(** Causal stability, derived from views and reports. Nodes, their launches, what each takes for the others' current launches (its
    view), and reports of what each has applied: whatever is lost, doubled, delayed or overtaken, and whichever nodes stop, lose what
    they had not forced, or lose their disk, nothing reaches a node that had not observed all that the node calls stable.
    View.java, Stability.java, DurableClock.java, Joining.java, Replica.java; Birman and Joseph (1987) do the like for multicast.

    The members are fixed: all of [Node]; removal is not in this model. Each launch of a node has the next number, and no two share one.
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
  Record hello := { h_view : view; h_settled : bool }.
  Record report := { r_node : Node; r_launch : nat; r_view : view; r_stable : dots; r_had : dots; r_joined : bool }.

  Record group := {
    launch : Node -> nat;
    views : Node -> view; (* durable: kept over restarts *)
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
    launch := fun _ => 1; views := fun n m => if node_eq m n then 1 else 0; settled := fun _ => true; joined := fun _ => true;
    applied := fun _ => no_dots; forced := fun _ => no_dots; open := fun _ => []; wire := []; hellos := []; reports := [];
    stable := fun _ => no_dots |}.

  Definition begun (s : group) (n : Node) : group := {|
    launch := launch s; views := views s; settled := settled s; joined := joined s; applied := applied s; forced := forced s;
    open := upd (open s) n (applied s n :: open s n); wire := wire s; hellos := hellos s; reports := reports s; stable := stable s |}.
  Definition committed (s : group) (n : Node) (d : Dot) : group := {|
    launch := launch s; views := views s; settled := settled s; joined := joined s;
    applied := upd (applied s) n (with_dot d (applied s n)); forced := forced s; open := open s; wire := wire s; hellos := hellos s;
    reports := reports s; stable := stable s |}.
  Definition all_forced (s : group) (n : Node) : group := {|
    launch := launch s; views := views s; settled := settled s; joined := joined s; applied := applied s;
    forced := upd (forced s) n (applied s n); open := open s; wire := wire s; hellos := hellos s; reports := reports s;
    stable := stable s |}.
  Definition sent (s : group) (n : Node) (d : Dot) : group := {|
    launch := launch s; views := views s; settled := settled s; joined := joined s; applied := applied s; forced := forced s;
    open := open s; wire := {| m_node := n; m_launch := launch s n; m_dot := d |} :: wire s; hellos := hellos s; reports := reports s;
    stable := stable s |}.
  Definition heard (v : view) (m : message) : view :=
    fun k => if node_eq k (m_node m) then Nat.max (v k) (m_launch m) else v k.
  Definition delivered (s : group) (n : Node) (m : message) : group := {|
    launch := launch s; views := upd (views s) n (heard (views s n) m); settled := settled s; joined := joined s;
    applied := upd (applied s) n (with_dot (m_dot m) (applied s n)); forced := forced s; open := open s; wire := wire s;
    hellos := hellos s; reports := reports s; stable := stable s |}.
  Definition greeted (s : group) (n : Node) : group := {|
    launch := launch s; views := views s; settled := settled s; joined := joined s; applied := applied s; forced := forced s;
    open := open s; wire := wire s; hellos := {| h_view := views s n; h_settled := settled s n |} :: hellos s; reports := reports s;
    stable := stable s |}.
  Definition adopted (s : group) (n : Node) (h : hello) (now_settled : bool) : group := {|
    launch := launch s; views := upd (views s) n (merged n (views s n) (h_view h)); settled := upd (settled s) n now_settled;
    joined := joined s; applied := applied s; forced := forced s; open := open s; wire := wire s; hellos := hellos s;
    reports := reports s; stable := stable s |}.
  Definition report_of (s : group) (n : Node) (st : dots) : report := {|
    r_node := n; r_launch := launch s n; r_view := views s n; r_stable := st; r_had := applied s n; r_joined := joined s n |}.
  Definition reported (s : group) (n : Node) (st : dots) : group := {|
    launch := launch s; views := views s; settled := settled s; joined := joined s; applied := applied s; forced := forced s;
    open := open s; wire := wire s; hellos := hellos s; reports := report_of s n st :: reports s; stable := stable s |}.
  Definition has_joined (s : group) (n : Node) : group := {|
    launch := launch s; views := views s; settled := settled s; joined := upd (joined s) n true; applied := applied s;
    forced := forced s; open := open s; wire := wire s; hellos := hellos s; reports := reports s; stable := stable s |}.
  Definition collected (s : group) (n : Node) (r : Node -> report) : group := {|
    launch := launch s; views := views s; settled := settled s; joined := joined s; applied := applied s; forced := forced s;
    open := open s; wire := wire s; hellos := hellos s; reports := reports s;
    stable := upd (stable s) n (fun x => stable s n x \/ forall m, r_stable (r m) x) |}.
  Definition restarted (s : group) (n : Node) (keep st : dots) : group := {|
    launch := upd (launch s) n (S (launch s n)); views := upd (views s) n (upd (views s n) n (S (launch s n))); settled := settled s;
    joined := joined s; applied := upd (applied s) n keep; forced := upd (forced s) n keep; open := upd (open s) n []; wire := wire s;
    hellos := hellos s; reports := reports s; stable := upd (stable s) n st |}.
  Definition wiped (s : group) (n : Node) : group := {|
    launch := upd (launch s) n (S (launch s n)); views := upd (views s) n (upd (fun _ => 0) n (S (launch s n)));
    settled := upd (settled s) n false; joined := upd (joined s) n false; applied := upd (applied s) n no_dots;
    forced := upd (forced s) n no_dots; open := upd (open s) n []; wire := wire s; hellos := hellos s; reports := reports s;
    stable := upd (stable s) n no_dots |}.

  (** A node takes a message if its sender's launch is not dead in its view, it lacks the transaction, and has what that observed. *)
  Definition takes (s : group) (n : Node) (m : message) : Prop :=
    In m (wire s) /\ settled s n = true /\ views s n (m_node m) <= m_launch m /\ ~ applied s n (m_dot m) /\
    forall x, observed (m_dot m) x -> applied s n x.

  (** A transaction is committed with what it had observed when it began. *)
  Definition commits (s : group) (n : Node) (d : Dot) : Prop :=
    joined s n = true /\ exists k, In k (open s n) /\ forall x, observed d x <-> k x.

  Inductive happens : group -> group -> Prop :=
  | begin_ : forall s n, joined s n = true -> happens s (begun s n)
  | commit : forall s n d, commits s n d -> happens s (committed s n d)
  | force : forall s n, happens s (all_forced s n)
  | send : forall s n d, settled s n = true -> applied s n d -> happens s (sent s n d)
  | deliver : forall s n m, takes s n m -> happens s (delivered s n m)
  | greet : forall s n, happens s (greeted s n)
  | adopt : forall s n h, In h (hellos s) -> happens s (adopted s n h (settled s n))
  | settle : forall s n h, (* the member that says hello is settled itself, and has heard of this very launch *)
      In h (hellos s) -> h_settled h = true -> h_view h n = launch s n -> happens s (adopted s n h true)
  | reports_ : forall s n (st : dots), (* what was applied is forced; what is called stable, all open transactions have observed *)
      settled s n = true -> (forall x, applied s n x -> forced s n x) -> (forall x, st x -> applied s n x) ->
      (forall k x, In k (open s n) -> st x -> k x) -> happens s (reported s n st)
  | join : forall s n r, (* a guide: a member that has joined, and has heard of this very launch; what it had is on disk here *)
      settled s n = true -> In r (reports s) -> r_joined r = true -> r_view r n = launch s n ->
      (forall x, r_had r x -> forced s n x) -> happens s (has_joined s n)
  | collect : forall s n r, (* reports of all members, by the launches of this node's very view, in that view, and all applied here *)
      settled s n = true ->
      (forall m, In (r m) (reports s) /\ r_node (r m) = m /\ r_launch (r m) = views s n m /\
                 (forall p, r_view (r m) p = views s n p) /\ forall x, r_had (r m) x -> applied s n x) ->
      happens s (collected s n r)
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
    intros s s' G H. destruct H as [s n J|s n d C|s n|s n d Hs Ha|s n m T|s n|s n h Hh|s n h Hh Hset Hk|s n st Hs Hf Hst Ho
                                   |s n r Hs Hr Hj Hk Hhad|s n r Hs Hall|s n keep st H1 H2 H3|s n].
    - (* begin *) split; simpl; try apply G.
      + intros m k x. at_node; [intros [<-|H] Hx; auto; now apply (v_open s G n k)|apply (v_open s G)].
      + intros m Hm. at_node; [congruence|now apply (v_not_joined s G)].
    - (* commit *) split; simpl; try apply G.
      + intros m Hm. destruct (v_wire s G m Hm) as (H1 & H2). split; auto. intros E. specialize (H2 E). at_node; auto. right. congruence.
      + intros m x Hx. apply (v_forced s G) in Hx. at_node; auto. now right.
      + intros m k x Hk Hx. apply (v_open s G m k x Hk) in Hx. at_node; auto. now right.
      + intros m Hm. destruct (v_not_settled s G m Hm) as (J & N). split; auto. intros x. at_node; [|apply N].
        destruct C as (C & _). congruence.
    - (* force *) split; simpl; try apply G. intros m x. at_node; [auto|apply (v_forced s G)].
    - (* send *) split; simpl; try apply G. intros m [<-|Hm]; simpl; [|now apply (v_wire s G)]. split; auto.
    - (* deliver *) destruct T as (Hm & Hs & Hv & Hnew & Hobs). split; simpl; try apply G.
      + intros k p. at_node; [|apply (v_view s G)]. unfold heard. destruct (node_eq p (m_node m)) as [->|]; [|apply (v_view s G)].
        pose proof (v_view s G n (m_node m)). destruct (v_wire s G m Hm). lia.
      + intros k. at_node; [|apply (v_own s G)]. unfold heard. destruct (node_eq n (m_node m)) as [E|]; [|apply (v_own s G)].
        pose proof (v_own s G n). destruct (v_wire s G m Hm) as (H1 & _). rewrite <- E in *. lia.
      + intros q Hq. destruct (v_wire s G q Hq) as (H1 & H2). split; auto. intros E. specialize (H2 E). at_node; auto. right. congruence.
      + intros k x Hx. apply (v_forced s G) in Hx. at_node; auto. now right.
      + intros k q x Hq Hx. apply (v_open s G k q x Hq) in Hx. at_node; auto. now right.
      + intros k Hk. destruct (v_not_settled s G k Hk) as (J & N). split; auto. intros x. at_node; [congruence|apply N].
    - (* hello *) split; simpl; try apply G. intros h p [<-|Hh]; simpl; [apply (v_view s G)|now apply (v_hello s G)].
    - (* adopt *) split; simpl; try apply G.
      + intros k p. at_node; [|apply (v_view s G)]. unfold merged. destruct (node_eq p n); [apply (v_view s G)|].
        pose proof (v_view s G n p). pose proof (v_hello s G h p Hh). lia.
      + intros k. at_node; [|apply (v_own s G)]. unfold merged. destruct (node_eq n n); [apply (v_own s G)|congruence].
      + intros k Hk. apply (v_not_settled s G). at_node; auto.
    - (* settle *) split; simpl; try apply G.
      + intros k p. at_node; [|apply (v_view s G)]. unfold merged. destruct (node_eq p n); [apply (v_view s G)|].
        pose proof (v_view s G n p). pose proof (v_hello s G h p Hh). lia.
      + intros k. at_node; [|apply (v_own s G)]. unfold merged. destruct (node_eq n n); [apply (v_own s G)|congruence].
      + intros k Hq. at_node; [discriminate|]. now apply (v_not_settled s G).
    - (* report *) split; simpl; try apply G.
      + intros r p [<-|Hr]; simpl; [apply (v_view s G)|now apply (v_report s G)].
      + intros r [<-|Hr]; simpl; [symmetry; apply (v_own s G)|now apply (v_report_own s G)].
    - (* join *) split; simpl; try apply G.
      + intros m. at_node; [discriminate|apply (v_not_joined s G)].
      + intros m Hm. destruct (v_not_settled s G m Hm) as (J & N). split; auto. at_node; auto. congruence.
    - (* collect *) split; simpl; try apply G.
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
    Variable r : Node -> report.
    Hypothesis of_one_view : forall m, r_node (r m) = m /\ r_launch (r m) = v m /\ forall p, r_view (r m) p = v p.

    (** Members of which the report has been made. The others still can make theirs: they are in that launch, and not beyond that view. *)
    Definition under_way (s : group) (made : Node -> bool) : Prop :=
      (forall m, made m = true -> In (r m) (reports s)) /\
      (forall m, made m = false -> launch s m = v m /\ forall p, views s m p <= v p).

    (** A transaction that does no harm: some report that was made tells of it, or it had observed what such a report calls stable, or
        a member has it whose report is still to come, and will tell of it. *)
    Definition harmless (s : group) (made : Node -> bool) (d : Dot) : Prop :=
      (exists m, made m = true /\ r_had (r m) d) \/
      (exists m, made m = true /\ forall x, r_stable (r m) x -> observed d x) \/
      (exists m, made m = false /\ applied s m d).

    Record era (s : group) (made : Node -> bool) : Prop := {
      e_view : forall k p, made k = true -> settled s k = true -> v p <= views s k p;
      e_launch : forall k, made k = true -> v k <= launch s k;
      e_not_settled : forall k, made k = true -> settled s k = false -> v k < launch s k;
      e_applied : forall k d, made k = true -> applied s k d -> harmless s made d;
      e_holds : forall k, made k = true ->
        (exists m, made m = true /\ forall x, r_stable (r m) x -> forced s k x) \/ (joined s k = false /\ v k < launch s k);
      e_open : forall k o, made k = true -> In o (open s k) -> exists m, made m = true /\ forall x, r_stable (r m) x -> o x;
      e_wire : forall m, In m (wire s) -> made (m_node m) = true -> v (m_node m) <= m_launch m -> harmless s made (m_dot m);
      e_hello : forall h k, In h (hellos s) -> h_settled h = true -> made k = true -> v k < h_view h k -> forall p, v p <= h_view h p;
      e_guide : forall g k, In g (reports s) -> r_joined g = true -> made k = true -> v k < r_view g k ->
        exists m, made m = true /\ forall x, r_stable (r m) x -> r_had g x
    }.

    Lemma era_of_none : forall s made, (forall k, made k = false) -> era s made.
    Proof. intros s made H. split; intros; rewrite H in *; discriminate. Qed.

    (** What is applied where reports are still to come stays applied there: so what did no harm does none. *)
    Lemma harmless_stays : forall s s' made d, (forall m x, made m = false -> applied s m x -> applied s' m x) ->
      harmless s made d -> harmless s' made d.
    Proof.
      intros s s' made d H [Hd|[Hd|(m & Hm & Hd)]]; [now left|right; now left|]. right. right. exists m. auto.
    Qed.

    (** A message that a settled node takes. *)
    Lemma taken_is_harmless : forall s made n m, valid s -> era s made -> under_way s made -> made n = true -> takes s n m ->
      harmless s made (m_dot m).
    Proof.
      intros s made n m G E (_ & U) Hn (Hm & Hs & Hv & _). pose proof (e_view s made E n (m_node m) Hn Hs) as Hle.
      destruct (made (m_node m)) eqn:K; [apply (e_wire s made E); auto; lia|].
      right. right. exists (m_node m). split; auto. destruct (v_wire s G m Hm) as (H1 & H2). apply H2.
      destruct (U _ K) as (H3 & _). lia.
    Qed.

    Lemma new_launch_ends_it : forall s s' n made, valid s -> (forall m, made m = true -> In (r m) (reports s)) ->
      launch s' n = S (launch s n) -> (forall m, made m = false -> launch s' m = v m) -> made n = false -> forall k, made k = false.
    Proof.
      intros s s' n made G Hin Hl Hv Hn k. destruct (made k) eqn:K; auto. exfalso.
      destruct (of_one_view k) as (_ & _ & H). pose proof (v_report s G (r k) n (Hin k K)) as H1. rewrite H in H1.
      specialize (Hv n Hn). lia.
    Qed.

    (** A report that is made is this member's, or one of no concern. *)
    Lemma era_report : forall s n (st : dots) made, valid s -> settled s n = true ->
      (forall x, applied s n x -> forced s n x) -> (forall x, st x -> applied s n x) ->
      (forall (k : dots) x, In k (open s n) -> st x -> k x) ->
      (forall made, under_way s made -> era s made) -> under_way (reported s n st) made -> era (reported s n st) made.
    Proof.
      intros s n st made G Hs Hf Hst Ho IH (U1 & U2). simpl in U1, U2.
      assert (Own : forall m, r m = report_of s n st -> m = n).
      { intros m Em. destruct (of_one_view m) as (En & _). rewrite Em in En. simpl in En. congruence. }
      (* a guide's report that is new *)
      assert (Old : under_way s made -> (made n = false -> forall k, views s n k <= v k) -> era (reported s n st) made).
      { intros U Hv. assert (E : era s made) by now apply IH. split; simpl; try apply E.
        intros g k [<-|Hg]; [|now apply (e_guide s made E)]. simpl. intros Hj Hk Hlt. destruct (made n) eqn:Mn.
        - destruct (e_holds s made E n Mn) as [(m & Hm & Hx)|(Hj' & _)]; [|congruence]. exists m. split; auto.
          intros x Hx'. apply (v_forced s G). auto.
        - specialize (Hv eq_refl k). lia. }
      destruct (made n) eqn:Mn.
      - destruct (U1 n Mn) as [En|In_].
        + (* it is this member's *)
          destruct (of_one_view n) as (_ & Hl & Hv). rewrite <- En in Hl, Hv. simpl in Hl, Hv.
          set (before := fun m => if node_eq m n then false else made m).
          assert (Sub : forall m, before m = true -> made m = true).
          { intros m. unfold before. destruct (node_eq m n); [discriminate|auto]. }
          assert (Rest : forall m, made m = true -> m <> n -> before m = true).
          { intros m Hm Hne. unfold before. destruct (node_eq m n); [congruence|auto]. }
          assert (U0 : under_way s before).
          { split.
            - intros m Hm. destruct (U1 m (Sub m Hm)) as [Em|]; auto. symmetry in Em. apply Own in Em. subst m.
              unfold before in Hm. destruct (node_eq n n); [discriminate|congruence].
            - intros m Hm. unfold before in Hm. destruct (node_eq m n) as [->|]; [|now apply U2]. split; auto.
              intros p. rewrite Hv. auto. }
          assert (E : era s before) by now apply IH.
          assert (Stay : forall d, harmless s before d -> harmless (reported s n st) made d).
          { intros d [(m & Hm & Hd)|[(m & Hm & Hd)|(m & Hm & Hd)]].
            - left. exists m. auto.
            - right. left. exists m. auto.
            - destruct (node_eq m n) as [->|Hne].
              + left. exists n. split; auto. rewrite <- En. exact Hd.
              + right. right. exists m. split; auto. unfold before in Hm. destruct (node_eq m n); congruence. }
          split; simpl.
          * intros k p Hk Hset. destruct (node_eq k n) as [->|Hne]; [rewrite Hv; auto|]. now apply (e_view s before E); auto.
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
          * intros h k Hh Hset Hk Hlt p. destruct (node_eq k n) as [->|Hne].
            -- pose proof (v_hello s G h n Hh). lia.
            -- now apply (e_hello s before E h k); auto.
          * intros g k [<-|Hg] Hj Hk Hlt.
            -- simpl in Hlt. specialize (Hv k). lia.
            -- destruct (node_eq k n) as [->|Hne].
               ++ pose proof (v_report s G g n Hg). lia.
               ++ destruct (e_guide s before E g k Hg Hj (Rest k Hk Hne) Hlt) as (m & Hm & Hx). exists m. auto.
        + apply Old; [|congruence]. split; auto. intros m Hm. destruct (U1 m Hm) as [Em|]; auto.
          symmetry in Em. apply Own in Em. now subst m.
      - apply Old.
        + split; auto. intros m Hm. destruct (U1 m Hm) as [Em|]; auto. symmetry in Em. apply Own in Em. congruence.
        + intros _ k. now apply U2.
    Qed.

    Lemma era_step : forall s s', valid s -> happens s s' -> (forall made, under_way s made -> era s made) ->
      forall made, under_way s' made -> era s' made.
    Proof.
      intros s s' G H IH made U.
      destruct H as [s n J|s n d C|s n|s n d Hs Ha|s n m T|s n|s n h Hh|s n h Hh Hset Hk|s n st Hs Hf Hst Ho
                    |s n g Hs Hg Hj Hk Hhad|s n q Hs Hall|s n keep st H1 H2 H3|s n].
      - (* begin *)
        assert (E : era s made) by (apply IH, U). split; simpl; try apply E.
        intros k o Hm. at_node; [|now apply (e_open s made E)]. intros [<-|Ho]; [|now apply (e_open s made E n)].
        destruct (e_holds s made E n Hm) as [(m & Hmm & Hx)|(J' & _)]; [|congruence]. exists m. split; auto.
        intros x Hx'. apply (v_forced s G). auto.
      - (* commit *)
        assert (E : era s made) by (apply IH, U).
        assert (Stay : forall x, harmless s made x -> harmless (committed s n d) made x).
        { intros x. apply harmless_stays. intros m y _ Hy. simpl. at_node; auto. now right. }
        split; simpl; try apply E.
        + intros k x Hm. at_node; [|intros Hx; apply Stay; now apply (e_applied s made E k)].
          intros [->|Hx]; [|apply Stay; now apply (e_applied s made E n)].
          destruct C as (_ & o & Ho & Hobs). destruct (e_open s made E n o Hm Ho) as (m & Hmm & Hx). right. left.
          exists m. split; auto. intros y Hy. apply Hobs. auto.
        + intros m Hm Hk Hv. apply Stay. now apply (e_wire s made E).
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
        { destruct U as (U1 & U2). split; auto. intros k Hk. destruct (U2 k Hk) as (L & W). split; auto.
          intros p. specialize (W p). specialize (Hgrow k p). lia. }
        assert (E : era s made) by now apply IH.
        assert (Stay : forall x, harmless s made x -> harmless (delivered s n m) made x).
        { intros x. apply harmless_stays. intros k y _ Hy. simpl. at_node; auto. now right. }
        split; try apply E.
        + intros k p Hm Hset. specialize (Hgrow k p). pose proof (e_view s made E k p Hm Hset). lia.
        + intros k x Hm Hx. apply Stay. simpl in Hx. at_node; [|now apply (e_applied s made E k)].
          destruct Hx as [->|Hx]; [|now apply (e_applied s made E n)]. now apply taken_is_harmless with n.
        + intros q Hq Hk Hv. apply Stay. now apply (e_wire s made E).
      - (* hello *)
        assert (E : era s made) by (apply IH, U). split; simpl; try apply E.
        intros h k [<-|Hh]; simpl; [|now apply (e_hello s made E)]. intros Hset Hm Hlt p.
        destruct (made n) eqn:K; [now apply (e_view s made E)|]. destruct U as (_ & U). destruct (U n K) as (_ & W).
        specialize (W k). simpl in W. lia.
      - (* adopt *)
        assert (Hgrow : forall k p, views s k p <= views (adopted s n h (settled s n)) k p).
        { intros k p. simpl. at_node; auto. apply merged_grows. }
        assert (U0 : under_way s made).
        { destruct U as (U1 & U2). split; auto. intros k Hk. destruct (U2 k Hk) as (L & W). split; auto.
          intros p. specialize (W p). specialize (Hgrow k p). lia. }
        assert (E : era s made) by now apply IH. split; try apply E.
        + intros k p Hm Hset. specialize (Hgrow k p). assert (Hset' : settled s k = true) by (simpl in Hset; at_node; auto).
          pose proof (e_view s made E k p Hm Hset'). lia.
        + intros k Hm Hset. apply (e_not_settled s made E); auto. simpl in Hset. at_node; auto.
      - (* settle *)
        assert (Hgrow : forall k p, views s k p <= views (adopted s n h true) k p).
        { intros k p. simpl. at_node; auto. apply merged_grows. }
        assert (U0 : under_way s made).
        { destruct U as (U1 & U2). split; auto. intros k Hm. destruct (U2 k Hm) as (L & W). split; auto.
          intros p. specialize (W p). specialize (Hgrow k p). lia. }
        assert (E : era s made) by now apply IH. split; try apply E.
        + intros k p Hm Hset'. pose proof (Hgrow k p) as Hg. destruct (settled s k) eqn:Sk.
          * pose proof (e_view s made E k p Hm Sk). lia.
          * simpl in Hset'. at_node; [|congruence]. pose proof (e_not_settled s made E n Hm Sk) as Hlt. rewrite <- Hk in Hlt.
            pose proof (e_hello s made E h n Hh Hset Hm Hlt p) as Hp. simpl. at_node; [|congruence]. unfold merged.
            destruct (node_eq p n) as [->|]; [|lia]. rewrite (v_own s G). lia.
        + intros k Hm Hset'. apply (e_not_settled s made E); auto. simpl in Hset'. at_node; [discriminate|auto].
      - (* report *) now apply era_report.
      - (* join *)
        assert (E : era s made) by (apply IH, U). split; simpl; try apply E.
        intros k Hm. at_node; [|now apply (e_holds s made E)].
        destruct (e_holds s made E n Hm) as [Hx|(_ & Hlt)]; [now left|]. left. rewrite <- Hk in Hlt.
        destruct (e_guide s made E g n Hg Hj Hm Hlt) as (m & Hmm & Hx). exists m. split; auto.
      - (* collect *)
        assert (E : era s made) by (apply IH, U). split; simpl; try apply E.
      - (* restart *)
        destruct (made n) eqn:Mn.
        2:{ apply era_of_none. destruct U as (U1 & U2). apply (new_launch_ends_it s (restarted s n keep st) n made G); auto.
            - simpl. at_node; congruence.
            - intros m Hm. now apply U2. }
        assert (U0 : under_way s made).
        { destruct U as (U1 & U2). split; auto. intros k Hm. destruct (U2 k Hm) as (L & W). simpl in L, W. at_node; [congruence|auto]. }
        assert (E : era s made) by now apply IH.
        assert (Stay : forall x, harmless s made x -> harmless (restarted s n keep st) made x).
        { intros x. apply harmless_stays. intros m y Hm Hy. simpl. at_node; [congruence|auto]. }
        pose proof (e_launch s made E n Mn) as Ln. split; try apply E.
        + intros k p Hm Hset. simpl in *. pose proof (e_view s made E k p Hm Hset). at_node; lia.
        + intros k Hm. simpl. pose proof (e_launch s made E k Hm). at_node; lia.
        + intros k Hm Hset. simpl in *. pose proof (e_not_settled s made E k Hm Hset). at_node; lia.
        + intros k d Hm Hd. apply Stay. apply (e_applied s made E k); auto. simpl in Hd. at_node; auto.
        + intros k Hm. simpl. destruct (e_holds s made E k Hm) as [(m & Hmm & Hx)|(Hj & Hlt)].
          * left. exists m. split; auto. intros x Hx'. at_node; auto.
          * right. split; auto. at_node; lia.
        + intros k o Hm. simpl. at_node; [intros []|now apply (e_open s made E)].
        + intros m Hm Hk Hv. apply Stay. now apply (e_wire s made E).
      - (* wipe *)
        destruct (made n) eqn:Mn.
        2:{ apply era_of_none. destruct U as (U1 & U2). apply (new_launch_ends_it s (wiped s n) n made G); auto.
            - simpl. at_node; congruence.
            - intros m Hm. now apply U2. }
        assert (U0 : under_way s made).
        { destruct U as (U1 & U2). split; auto. intros k Hm. destruct (U2 k Hm) as (L & W). simpl in L, W. at_node; [congruence|auto]. }
        assert (E : era s made) by now apply IH.
        assert (Stay : forall x, harmless s made x -> harmless (wiped s n) made x).
        { intros x. apply harmless_stays. intros m y Hm Hy. simpl. at_node; [congruence|auto]. }
        pose proof (e_launch s made E n Mn) as Ln. split; try apply E.
        + intros k p Hm Hset. simpl in *. unfold upd in Hset. destruct (node_eq k n); [discriminate|].
          pose proof (e_view s made E k p Hm Hset). at_node; congruence || lia.
        + intros k Hm. simpl. pose proof (e_launch s made E k Hm). at_node; lia.
        + intros k Hm Hset. simpl in *. at_node; [lia|now apply (e_not_settled s made E)].
        + intros k d Hm Hd. apply Stay. apply (e_applied s made E k); auto. simpl in Hd. at_node; [destruct Hd|auto].
        + intros k Hm. simpl. destruct (node_eq k n) as [->|Hk].
          * right. at_node; try congruence. split; [auto|lia].
          * destruct (e_holds s made E k Hm) as [(m & Hmm & Hx)|(Hj & Hlt)].
            -- left. exists m. split; auto. intros x Hx'. at_node; [congruence|auto].
            -- right. at_node; [congruence|auto].
        + intros k o Hm. simpl. at_node; [intros []|now apply (e_open s made E)].
        + intros m Hm Hk Hv. apply Stay. now apply (e_wire s made E).
    Qed.

    Theorem every_era : forall s, reachable s -> forall made, under_way s made -> era s made.
    Proof.
      intros s H. induction H as [|s s' R IH H].
      - intros made (U & _). apply era_of_none. intros k. destruct (made k) eqn:K; auto. destruct (U k K).
      - intros made U. apply (era_step s s'); auto. now apply reachable_is_valid.
    Qed.
  End Era.

  (** ** What a node calls stable comes from one report of each member, in one view *)

  Definition vouched (s : group) (n : Node) (x : Dot) : Prop :=
    exists (v : view) (r : Node -> report),
      (forall m, r_node (r m) = m /\ r_launch (r m) = v m /\ forall p, r_view (r m) p = v p) /\
      (forall m, In (r m) (reports s)) /\ (forall m, r_stable (r m) x) /\
      (forall m y, r_had (r m) y -> applied s n y) /\ settled s n = true /\ (forall p, v p <= views s n p).

  Lemma vouched_stays : forall s s' n x,
    (forall g, In g (reports s) -> In g (reports s')) -> (forall y, applied s n y -> applied s' n y) ->
    (settled s n = true -> settled s' n = true) -> (forall p, views s n p <= views s' n p) -> vouched s n x -> vouched s' n x.
  Proof.
    intros s s' n x H1 H2 H3 H4 (v & r & One & Hin & Hst & Hhad & Hs & Hv). exists v, r. repeat split; auto; try apply One.
    - intros m y Hy. apply H2. now apply (Hhad m).
    - intros p. specialize (Hv p). specialize (H4 p). lia.
  Qed.

  Lemma stable_is_vouched : forall s, reachable s -> forall n x, stable s n x -> vouched s n x.
  Proof.
    intros s H. induction H as [|s s' R IH H]; [intros n x []|]. pose proof (reachable_is_valid s R) as G.
    destruct H as [s n J|s n d C|s n|s n d Hs Ha|s n m T|s n|s n h Hh|s n h Hh Hset Hk|s n st Hs Hf Hst Ho
                  |s n g Hs Hg Hj Hk Hhad|s n q Hs Hall|s n keep st H1 H2 H3|s n]; intros k x Hx; simpl in Hx.
    - apply (vouched_stays s); auto.
    - apply (vouched_stays s); auto. intros y Hy. simpl. at_node; auto. now right.
    - apply (vouched_stays s); auto.
    - apply (vouched_stays s); auto.
    - apply (vouched_stays s); auto; simpl.
      + intros y Hy. at_node; auto. now right.
      + intros p. at_node; auto. apply heard_grows.
    - apply (vouched_stays s); auto.
    - apply (vouched_stays s); auto; simpl; intros; at_node; auto using merged_grows.
    - apply (vouched_stays s); auto; simpl; intros; at_node; auto using merged_grows.
    - apply (vouched_stays s); auto. simpl. auto.
    - apply (vouched_stays s); auto.
    - unfold upd in Hx. destruct (node_eq k n) as [->|]; [destruct Hx as [Hx|Hx]|]; try (apply (vouched_stays s); auto; fail).
      exists (views s n), q. repeat split; auto; try (intros; apply Hall); try lia.
      intros m y Hy. now apply (Hall m).
    - unfold upd in Hx. destruct (node_eq k n) as [->|Hne].
      + destruct (H3 x Hx) as (Hold & Hkept). apply (vouched_stays s); auto; simpl.
        * intros y Hy. at_node; [auto|congruence].
        * intros p. pose proof (v_view s G n p). pose proof (v_own s G n). at_node; try congruence; lia.
      + apply (vouched_stays s); auto; simpl; intros; at_node; congruence || auto.
    - unfold upd in Hx. destruct (node_eq k n) as [->|Hne]; [destruct Hx|].
      apply (vouched_stays s); auto; simpl; intros; at_node; congruence || auto.
  Qed.

  (** Whatever a node takes from another one had observed all that the node calls stable. *)
  Theorem what_arrives_observed_the_stable : forall s n m, reachable s -> takes s n m ->
    forall x, stable s n x -> observed (m_dot m) x.
  Proof.
    intros s n m R T x Hx. destruct (stable_is_vouched s R n x Hx) as (v & r & One & Hin & Hst & Hhad & Hs & Hv).
    assert (U : under_way v r s (fun _ => true)) by (split; [auto|discriminate]).
    pose proof (every_era v r One s R _ U) as E.
    destruct (taken_is_harmless v r s (fun _ => true) n m (reachable_is_valid s R) E U eq_refl T)
      as [(k & _ & Hd)|[(k & _ & Hd)|(k & C & _)]].
    - exfalso. destruct T as (_ & _ & _ & Hnew & _). apply Hnew. now apply (Hhad k).
    - apply Hd, Hst.
    - discriminate.
  Qed.

  (** And so had whatever it commits itself. *)
  Theorem what_is_committed_observed_the_stable : forall s n d, reachable s -> commits s n d -> forall x, stable s n x -> observed d x.
  Proof.
    intros s n d R (_ & k & Hk & Hobs) x Hx. destruct (stable_is_vouched s R n x Hx) as (v & r & One & Hin & Hst & Hhad & Hs & Hv).
    assert (U : under_way v r s (fun _ => true)) by (split; [auto|discriminate]).
    pose proof (every_era v r One s R _ U) as E. apply Hobs.
    destruct (e_open v r s _ E n k eq_refl Hk) as (m & _ & Hm). apply Hm, Hst.
  Qed.
End Stability.
