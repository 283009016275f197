---------------------------- MODULE Replication ----------------------------
(* The replication protocol of io.abelia.engine.replicate over the commit log: local commit, group force, a network that loses, doubles    *)
(* and reorders, power loss and kill with restart from the log, wipe and rejoin, a new origin for every launch, anti-entropy, snapshot     *)
(* transfer, retention, causal stability by reports of one view, removal of members. (How a removal is agreed on is in Membership.tla.)      *)
(*                                                                                                                                       *)
(* A dot is <<node, launch, seq>>. What a node has applied is what its snapshot contains (base) and what its log holds (log); of the log    *)
(* the first part is forced. Messages are never taken off the wire: receiving one late, twice or never is all there is to loss,            *)
(* duplication and reordering.                                                                                                            *)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS Nodes,        \* numbers of the nodes
          MaxCommits,   \* transactions in all
          MaxStops,     \* power losses and kills in all
          MaxWipes,     \* nodes that lose their disk
          MaxReports,   \* heartbeats that carry a report, in all
          MaxRemovals,  \* nodes that are removed
          Power,        \* TRUE: durability POWER, nothing leaves a node before it is forced; FALSE: PROCESS
          Mutant        \* "none", or which rule is left out

VARIABLES recs,      \* dot -> set of dots that its author had applied
          base,      \* node -> dots that its snapshot contains
          log,       \* node -> sequence of dots
          forced,    \* node -> how many of them are on stable storage
          up, joined, launch,
          view,      \* node -> node -> launch that it takes for the current one; 0 for one never heard
          wire,      \* messages with a record: node, launch, dot
          reports,   \* messages with a report
          frontier,  \* node -> dots that it calls causally stable
          acked,     \* dots whose commit was acknowledged as durable as the level promises
          gone,      \* dots that were lost with a disk, or unforced with power at PROCESS
          stops, wipes, bad,
          out        \* nodes whose removal has been decided

vars == <<recs, base, log, forced, up, joined, launch, view, wire, reports, frontier, acked, gone, stops, wipes, bad, out>>

Range(s) == {s[i] : i \in DOMAIN s}
Applied(n) == base[n] \cup Range(log[n])
Forced(n) == base[n] \cup {log[n][i] : i \in 1..forced[n]}
Max(a, b) == IF a > b THEN a ELSE b
Removed == 99 \* View.REMOVED: in place of a launch, later than any
Knows(n) == {m \in Nodes : view[n][m] = Removed}
Members(n) == Nodes \ Knows(n)
Others(n) == Members(n) \ {n}

Init ==
    /\ recs = << >>
    /\ base = [n \in Nodes |-> {}]
    /\ log = [n \in Nodes |-> << >>]
    /\ forced = [n \in Nodes |-> 0]
    /\ up = [n \in Nodes |-> TRUE]
    /\ joined = [n \in Nodes |-> TRUE]
    /\ launch = [n \in Nodes |-> 1]
    /\ view = [n \in Nodes |-> [m \in Nodes |-> IF m = n THEN 1 ELSE 0]]
    /\ wire = {}
    /\ reports = {}
    /\ frontier = [n \in Nodes |-> {}]
    /\ acked = {}
    /\ gone = {}
    /\ stops = 0
    /\ wipes = 0
    /\ bad = FALSE
    /\ out = {}

Append1(s, d) == s \o <<d>>

(* Kernel.commit: the record's delivery clock is what the node has applied. *)
Commit(n) ==
    /\ up[n] /\ joined[n] /\ n \notin Knows(n)
    /\ Cardinality(DOMAIN recs) < MaxCommits
    /\ LET own == {d \in Applied(n) : d[1] = n /\ d[2] = launch[n]}
           d == <<n, launch[n], Cardinality(own) + 1>>
       IN /\ recs' = [x \in DOMAIN recs \cup {d} |-> IF x = d THEN Applied(n) ELSE recs[x]]
          /\ log' = [log EXCEPT ![n] = Append1(@, d)]
          /\ acked' = IF Power THEN acked ELSE acked \cup {d}
          /\ bad' = (bad \/ ~(frontier[n] \subseteq Applied(n)))
    /\ UNCHANGED <<base, forced, up, joined, launch, view, wire, reports, frontier, gone, stops, wipes, out>>

(* CommitLog.awaitForced: one force for all that waits; at POWER this is the acknowledgement. *)
Force(n) ==
    /\ up[n] /\ forced[n] < Len(log[n])
    /\ forced' = [forced EXCEPT ![n] = Len(log[n])]
    /\ acked' = acked \cup {d \in Range(log[n]) : d[1] = n /\ d[2] = launch[n]}
    /\ UNCHANGED <<recs, base, log, up, joined, launch, view, wire, reports, frontier, gone, stops, wipes, bad, out>>

(* Replica.publish and RepairServer.serve: any record in the log may be sent, whoever wrote it. *)
Send(n) ==
    /\ up[n]
    /\ \E i \in 1..(IF Power /\ Mutant /= "sendEarly" THEN forced[n] ELSE Len(log[n])) :
          LET m == [node |-> n, launch |-> launch[n], dot |-> log[n][i]]
          IN /\ m \notin wire
             /\ Mutant = "noAntiEntropy" => log[n][i][1] = n /\ log[n][i][2] = launch[n] \* the live stream alone
             /\ wire' = wire \cup {m}
    /\ UNCHANGED <<recs, base, log, forced, up, joined, launch, view, reports, frontier, acked, gone, stops, wipes, bad, out>>

Next1(n, d) == \* the next of its origin
    /\ d \notin Applied(n)
    /\ \A k \in 1..(d[3] - 1) : <<d[1], d[2], k>> \in Applied(n)

(* Kernel.deliver, of a message from a launch that is not dead (View.admit). *)
Deliver(n) ==
    /\ up[n]
    /\ \E m \in wire :
          /\ m.node # n
          /\ Mutant = "deadLaunches" \/ m.launch >= view[n][m.node] \/ (Mutant = "removedReturns" /\ m.node \in Knows(n))
          /\ Next1(n, m.dot)
          /\ Mutant = "noDependencies" \/ recs[m.dot] \subseteq Applied(n)
          /\ log' = [log EXCEPT ![n] = Append1(@, m.dot)]
          /\ view' = [view EXCEPT ![n][m.node] = Max(@, m.launch)]
          /\ bad' = (bad \/ ~(frontier[n] \subseteq recs[m.dot]))
    /\ UNCHANGED <<recs, base, forced, up, joined, launch, wire, reports, frontier, acked, gone, stops, wipes, out>>

Elsewhere(n) == UNION {Applied(m) : m \in Nodes \ {n}}

(* Kill or power loss: the log keeps at least what is forced. State is rebuilt from snapshot and log; what had been dropped as stable comes    *)
(* back with that, but for what a snapshot had dropped, and a snapshot forces everything that was applied before it.                       *)
Stop(n) ==
    /\ up[n] /\ stops < MaxStops
    /\ \E keep \in forced[n]..Len(log[n]) :
          /\ log' = [log EXCEPT ![n] = SubSeq(@, 1, keep)]
          /\ gone' = gone \cup ({log[n][i] : i \in (keep + 1)..Len(log[n])} \ Elsewhere(n))
          /\ forced' = [forced EXCEPT ![n] = keep]
          /\ frontier' = IF keep = Len(log[n]) THEN frontier ELSE [frontier EXCEPT ![n] = {}]
    /\ up' = [up EXCEPT ![n] = FALSE]
    /\ stops' = stops + 1
    /\ UNCHANGED <<recs, base, joined, launch, view, wire, reports, acked, wipes, bad, out>>

(* EngineLauncher: every launch is a new origin, and knows nothing of the others' launches yet. *)
Restart(n) ==
    /\ ~up[n]
    /\ up' = [up EXCEPT ![n] = TRUE]
    /\ launch' = [launch EXCEPT ![n] = IF Mutant = "sameOrigin" THEN @ ELSE @ + 1]
    \* who was removed is remembered in the directory, but not in one that was wiped
    /\ view' = [view EXCEPT ![n] = [m \in Nodes |-> IF m \in Knows(n) /\ joined[n] THEN Removed ELSE IF m = n THEN launch'[n] ELSE 0]]
    /\ UNCHANGED <<recs, base, log, forced, joined, wire, reports, frontier, acked, gone, stops, wipes, bad, out>>

(* The disk is lost; the node begins anew as a joiner. Another member that has joined must be there. *)
Wipe(n) ==
    /\ ~up[n] /\ wipes < MaxWipes
    /\ n \notin out
    /\ \E m \in Nodes \ ({n} \cup out) : joined[m]
    /\ gone' = gone \cup (Applied(n) \ Elsewhere(n))
    /\ base' = [base EXCEPT ![n] = {}]
    /\ log' = [log EXCEPT ![n] = << >>]
    /\ forced' = [forced EXCEPT ![n] = 0]
    /\ joined' = [joined EXCEPT ![n] = FALSE]
    /\ frontier' = [frontier EXCEPT ![n] = {}]
    /\ wipes' = wipes + 1
    /\ UNCHANGED <<recs, up, launch, view, wire, reports, acked, stops, bad, out>>

(* Replica.heartbeat, DurableClock: view, what had been applied at some time after the view was adopted and has been forced since, whether  *)
(* joined. A later report of an earlier time is as good as one made then. (What open transactions have not observed yet is left out of reports; they are  *)
(* instantaneous here.)                                                                                                                  *)
Report(n) ==
    /\ up[n] /\ Cardinality(reports) < MaxReports
    /\ Mutant = "staleCapture" \/ forced[n] = Len(log[n])
    /\ LET r == [node |-> n, launch |-> launch[n], view |-> view[n], stable |-> Forced(n), joined |-> joined[n]]
       IN r \notin reports /\ reports' = reports \cup {r}
    /\ UNCHANGED <<recs, base, log, forced, up, joined, launch, view, wire, frontier, acked, gone, stops, wipes, bad, out>>

(* Replica.onHeartbeat: launches that are newer than those known are adopted. *)
Adopt(n) ==
    /\ up[n]
    /\ \E r \in reports :
          /\ r.node # n /\ r.launch >= view[n][r.node]
          /\ LET v == [m \in Nodes |-> IF m = n THEN view[n][n] ELSE Max(view[n][m], IF m = r.node THEN r.launch ELSE r.view[m])]
             IN v # view[n] /\ view' = [view EXCEPT ![n] = v]
    /\ UNCHANGED <<recs, base, log, forced, up, joined, launch, wire, reports, frontier, acked, gone, stops, wipes, bad, out>>

Counts(n, r) == \* Peer.stable, Replica.onHeartbeat: a report of this very view, of which all that it tells of has been applied here
    /\ Mutant = "anyView" \/ r.view = view[n]
    /\ r.launch = view[n][r.node] \/ Mutant = "anyView"
    /\ Mutant = "clocksAlone" \/ r.stable \subseteq Applied(n)

(* Replica.computeFrontier. *)
Collect(n) ==
    /\ up[n]
    /\ Others(n) # {}
    /\ \E choice \in [Others(n) -> reports] :
          /\ \A m \in Others(n) : choice[m].node = m /\ Counts(n, choice[m])
          /\ LET f == {d \in Forced(n) : \A m \in Others(n) : d \in choice[m].stable}
             IN /\ ~(f \subseteq frontier[n])
                /\ frontier' = [frontier EXCEPT ![n] = @ \cup f]
    /\ UNCHANGED <<recs, base, log, forced, up, joined, launch, view, wire, reports, acked, gone, stops, wipes, bad, out>>

(* (Of two nodes, only one that lets go of everything brings the other, with commits of its own, below its floor: hence the second mutant.) *)
(* Retention: the oldest record leaves the log for the snapshot once all members have it on disk, by reports that count. *)
Truncate(n) ==
    /\ up[n] /\ forced[n] > 0
    /\ Mutant \in {"noRetention", "installDropsOwn"} \/ \A m \in Others(n) :
           \E r \in reports : r.node = m /\ Counts(n, r) /\ log[n][1] \in r.stable
    /\ base' = [base EXCEPT ![n] = @ \cup {log[n][1]}]
    /\ log' = [log EXCEPT ![n] = Tail(@)]
    /\ forced' = [forced EXCEPT ![n] = @ - 1]
    /\ UNCHANGED <<recs, up, joined, launch, view, wire, reports, frontier, acked, gone, stops, wipes, bad, out>>

Missing(s, have) == SelectSeq(s, LAMBDA d : d \notin have)

(* Bootstrap and Installation: a node that lacks what a peer no longer logs takes the peer's snapshot, and writes again what its own log    *)
(* holds beyond that. The snapshot must reach what this node no longer logs.                                                              *)
Install(n) ==
    /\ up[n]
    /\ \E a \in Others(n) :
          /\ up[a] /\ a \notin out /\ ~(base[a] \subseteq Applied(n)) /\ base[n] \subseteq Forced(a)
          /\ base' = [base EXCEPT ![n] = Forced(a)]
          /\ LET rest == IF Mutant = "installDropsOwn" THEN << >> ELSE Missing(log[n], Forced(a))
             IN /\ log' = [log EXCEPT ![n] = rest]
                /\ forced' = [forced EXCEPT ![n] = Len(rest)]
          /\ bad' = (bad \/ \E d \in Forced(a) \ Applied(n) : ~(frontier[n] \subseteq recs[d]))
    /\ UNCHANGED <<recs, up, joined, launch, view, wire, reports, frontier, acked, gone, stops, wipes, out>>

(* Replica.mayJoin, Engine.markJoined: a joiner may commit once it holds, on disk, what so many members had which knew of its launch, and   *)
(* the same epoch as it, that each majority has one of them in it.                                                                         *)
Join(n) ==
    /\ up[n] /\ ~joined[n] /\ n \notin Knows(n)
    /\ Mutant = "joinUnforced" \/ forced[n] = Len(log[n])
    /\ \E guides \in SUBSET reports :
          /\ \A r \in guides : /\ r.node \in Others(n) /\ r.joined
                               /\ Mutant = "noGuide" \/ r.view[n] = launch[n]
                               /\ {m \in Nodes : r.view[m] = Removed} = Knows(n)
                               /\ r.stable \subseteq Applied(n)
          /\ LET count == Cardinality({r.node : r \in guides})
             IN 2 * count >= Cardinality(Members(n))
    /\ joined' = [joined EXCEPT ![n] = TRUE]
    /\ UNCHANGED <<recs, base, log, forced, up, launch, view, wire, reports, frontier, acked, gone, stops, wipes, bad, out>>

(* Membership: some member decides, by votes of a majority of the members before, that another one is removed. Who has lost its disk votes    *)
(* only once it has been admitted again, which is left out here: it votes no more.                                                         *)
Decide(n) ==
    /\ up[n] /\ joined[n] /\ n \notin out /\ Cardinality(out) < MaxRemovals /\ Knows(n) = out
    /\ \E r \in Nodes \ ({n} \cup out), q \in SUBSET (Nodes \ out) :
          /\ 2 * Cardinality(q) > Cardinality(Nodes \ out)
          /\ n \in q /\ \A v \in q : up[v] /\ joined[v] /\ (wipes = 0 \/ launch[v] = 1)
          /\ out' = out \cup {r}
          /\ view' = [view EXCEPT ![n][r] = Removed]
    /\ UNCHANGED <<recs, base, log, forced, up, joined, launch, wire, reports, frontier, acked, gone, stops, wipes, bad>>

Step(n) == Commit(n) \/ Force(n) \/ Send(n) \/ Deliver(n) \/ Stop(n) \/ Restart(n) \/ Wipe(n) \/ Report(n) \/ Adopt(n)
           \/ Collect(n) \/ Truncate(n) \/ Install(n) \/ Join(n) \/ Decide(n)

Next == \E n \in Nodes : Step(n)

Spec == Init /\ [][Next]_vars

(* What a living system does sooner or later; faults are not fair. *)
Fairness == \A n \in Nodes : /\ WF_vars(Force(n)) /\ WF_vars(Send(n)) /\ SF_vars(Deliver(n)) /\ WF_vars(Restart(n))
                             /\ SF_vars(Install(n))
FairSpec == Spec /\ Fairness

Symmetry == Permutations(Nodes)

----------------------------------------------------------------------------
(* Safety *)

CausallyClosed == \A n \in Nodes : \A d \in Applied(n) : recs[d] \subseteq Applied(n)

ExactlyOnce == \A n \in Nodes : /\ \A i, j \in DOMAIN log[n] : log[n][i] = log[n][j] => i = j
                                /\ base[n] \cap Range(log[n]) = {}

(* The log of every node is in causal order, so whoever is served from it can apply what it is sent. *)
LogInCausalOrder == \A n \in Nodes : \A i \in DOMAIN log[n] :
                        recs[log[n][i]] \subseteq base[n] \cup {log[n][j] : j \in 1..(i - 1)}

(* Every acknowledged commit is on some disk, unless the only disks that had it are lost (or, at PROCESS, it was not forced yet). *)
NothingAcknowledgedIsLost == \A d \in acked : d \in gone \/ \E n \in Nodes : d \in Applied(n) \* a removed node's count, too: it exports them
NoneGoneAtPower == (Power /\ MaxWipes = 0) => gone \cap acked = {}

(* At POWER a peer never has what its sender may still lose. *)
ForcedBeforeSent == Power => \A m \in wire : (up[m.node] /\ launch[m.node] = m.launch) => m.dot \in Forced(m.node)

(* Nothing is delivered or committed that had not observed all that its node calls stable. *)
NothingCollectedTooEarly == ~bad

(* One content for a dot: a dot is given to one transaction. The new dot of a commit is never one that exists. *)
DotsUnique == \A n \in Nodes : up[n] =>
    LET own == {d \in Applied(n) : d[1] = n /\ d[2] = launch[n]} IN <<n, launch[n], Cardinality(own) + 1>> \notin DOMAIN recs

----------------------------------------------------------------------------
(* Liveness: when commits and faults have come to their ends, all nodes end with the same. *)
Converged == \A n, m \in Nodes : up[n] /\ Applied(n) = Applied(m)
EventuallyConverged == <>[]Converged
=============================================================================
