---------------------------- MODULE Replication ----------------------------
(* The replication protocol of io.abelia.engine.replicate over the commit log: transactions that take time, local commit, group force, a     *)
(* network that loses, doubles and reorders, power loss and kill with a new launch from the log, lost disks and joining, anti-entropy,        *)
(* snapshot transfer, retention, causal stability by reports of one view, and the epochs of a group: removal and admission of members.        *)
(* (How one change of the members is agreed on is in Membership.tla; here each is one step.)                                                *)
(*                                                                                                                                       *)
(* A dot is <<node, launch, seq>>. What a node has applied is what its snapshot contains (base) and what its log holds (log); of the log    *)
(* the first part is forced.                                                                                                              *)
(*                                                                                                                                       *)
(* What a living launch has sent it can send again, so a record that arrives from it is taken straight from its log: any number of messages  *)
(* were lost before. What a launch had sent that it cannot send any more, since it has stopped or let go of it, is under way for good        *)
(* (late): it arrives late, twice or never. Of heartbeats there are at most MaxReports, in all or, if they are lost, under way at one time.     *)
(*                                                                                                                                       *)
(* A stop and the launch after it are one step: a node that does nothing for a while is as good as one that is down.                         *)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS Nodes,        \* numbers of the nodes
          Founders,     \* those that are members from the beginning
          MaxCommits,   \* transactions in all
          MaxStops,     \* power losses and kills in all
          MaxWipes,     \* disks that are lost, in all
          MaxReports,   \* heartbeats
          Lossy,        \* whether a heartbeat that is too many takes the place of another one; it is not sent otherwise
          MaxChanges,   \* members that are removed or admitted, in all
          TakeTime,     \* whether other things happen between begin and commit of a transaction
          Fine,         \* whether forces of log and view are steps of their own; else they are part of what waits for them, so as late as can be
          Heard,        \* whether the founders have heard of each other in the beginning
          Power,        \* TRUE: durability POWER, nothing leaves a node before it is forced; FALSE: PROCESS
          Mutant        \* "none", or which rule is left out

VARIABLES recs,      \* dot -> causes: what its author had applied when it committed; observed: what the transaction's snapshot contained
          base,      \* node -> dots that its snapshot contains
          log,       \* node -> sequence of dots
          forced,    \* node -> how many of them are on stable storage
          open,      \* node -> {}, or what the snapshot of its open transaction contains, as the only element
          launch,    \* node -> its present launch
          disk,      \* node -> its present directory: 1, one more each time that it is lost
          joined,    \* node -> whether it may commit; on disk
          view,      \* node -> node -> launch that it takes for the current one; 0 for one never heard
          kept,      \* node -> the view that it has on disk
          guided,    \* node -> whether this launch may take what others have
          groups,    \* what has been decided, epoch by epoch: node -> directory that was admitted, 0 for none, Removed for ever
          epoch,     \* node -> the epoch that it knows, on disk; 0 for none
          accepted,  \* node -> whether it has accepted a change of its epoch and does not know what was decided; on disk
          late,      \* messages with a record that cannot be sent again: node, launch, dot
          reports,   \* heartbeats under way
          frontier,  \* node -> dots that it has called causally stable, and for which it may have dropped something
          acked,     \* dots whose commit was acknowledged as durable as the level promises
          gone,      \* dots that were lost with a disk, or unforced with power at PROCESS
          stops, bad

vars == <<recs, base, log, forced, open, launch, disk, joined, view, kept, guided, groups, epoch, accepted, late, reports, frontier,
          acked, gone, stops, bad>>
data == <<recs, base, log, forced, open>>
identity == <<launch, disk, joined>>
agreed == <<groups, epoch, accepted>>
counted == <<acked, gone, stops>>

Range(s) == {s[i] : i \in DOMAIN s}
Max(a, b) == IF a > b THEN a ELSE b
Applied(n) == base[n] \cup Range(log[n])
ForcedLength(n) == IF Fine THEN forced[n] ELSE Len(log[n]) \* if need be, after a force
Forced(n) == base[n] \cup {log[n][i] : i \in 1..ForcedLength(n)}
Elsewhere(n) == UNION {Applied(m) : m \in Nodes \ {n}}
Observed(n, dots) == IF open[n] = {} THEN dots ELSE dots \cap UNION open[n] \* Engine.lowerToOpenTransactions

Removed == 99 \* View.REMOVED: in place of a launch, later than any
In(e) == IF e = 0 THEN {} ELSE {m \in Nodes : groups[e][m] \notin {0, Removed}}
Out(e) == IF e = 0 THEN {} ELSE {m \in Nodes : groups[e][m] = Removed}
Members(n) == In(epoch[n])
Others(n) == Members(n) \ {n}
IsRemoved(n) == n \in Out(epoch[n]) \* as it knows
Votes(n) == n \in Members(n) /\ groups[epoch[n]][n] = disk[n] \* Epoch.isVoter
Wipes == {<<n, k>> \in Nodes \X (2..(MaxWipes + 1)) : k <= disk[n]}
With(v, e) == [m \in Nodes |-> IF m \in Out(e) THEN Removed ELSE v[m]] \* Replica.onEpoch

Init ==
    /\ recs = << >>
    /\ base = [n \in Nodes |-> {}]
    /\ log = [n \in Nodes |-> << >>]
    /\ forced = [n \in Nodes |-> 0]
    /\ open = [n \in Nodes |-> {}]
    /\ launch = [n \in Nodes |-> 1]
    /\ disk = [n \in Nodes |-> 1]
    /\ joined = [n \in Nodes |-> n \in Founders]
    /\ view = [n \in Nodes |-> [m \in Nodes |-> IF m = n \/ (Heard /\ {n, m} \subseteq Founders) THEN 1 ELSE 0]]
    /\ kept = view
    /\ guided = joined
    /\ groups = << [n \in Nodes |-> IF n \in Founders THEN 1 ELSE 0] >>
    /\ epoch = [n \in Nodes |-> IF n \in Founders THEN 1 ELSE 0]
    /\ accepted = [n \in Nodes |-> FALSE]
    /\ late = {}
    /\ reports = {}
    /\ frontier = [n \in Nodes |-> {}]
    /\ acked = {}
    /\ gone = {}
    /\ stops = 0
    /\ bad = FALSE

----------------------------------------------------------------------------
(* Transactions *)

May(n) == joined[n] /\ n \in Members(n) /\ Cardinality(DOMAIN recs) < MaxCommits

(* Engine.begin, TransactionBegin. (To give one up and begin another is one step.) *)
Begin(n) ==
    /\ TakeTime /\ May(n) /\ open[n] # {Applied(n)}
    /\ open' = [open EXCEPT ![n] = {Applied(n)}]
    /\ UNCHANGED <<recs, base, log, forced, identity, view, kept, guided, agreed, late, reports, frontier, counted, bad>>

(* Kernel.commit: the record's delivery clock is what the node has applied, its observed clock what the transaction's snapshot contained.    *)
CommitHavingSeen(n, seen) ==
    /\ May(n)
    /\ LET own == {d \in Applied(n) : d[1] = n /\ d[2] = launch[n]}
           d == <<n, launch[n], Cardinality(own) + 1>>
       IN /\ recs' = [x \in DOMAIN recs \cup {d} |-> IF x = d THEN [causes |-> Applied(n), observed |-> seen] ELSE recs[x]]
          /\ log' = [log EXCEPT ![n] = Append(@, d)]
          /\ acked' = IF Power /\ Mutant # "acksUnforced" THEN acked ELSE acked \cup {d}
          /\ bad' = (bad \/ ~(frontier[n] \subseteq seen))
    /\ UNCHANGED <<base, forced, identity, view, kept, guided, agreed, late, reports, frontier, gone, stops>>

Commit(n) ==
    /\ CommitHavingSeen(n, IF open[n] = {} THEN Applied(n) ELSE UNION open[n])
    /\ open' = [open EXCEPT ![n] = {}]

(* CommitLog.awaitForced: one force for all that waits; at POWER this is the acknowledgement. *)
Forces(n) ==
    /\ forced' = [forced EXCEPT ![n] = Len(log[n])]
    /\ acked' = acked \cup {d \in Range(log[n]) : d[1] = n /\ d[2] = launch[n]}
WaitsForForce(n) == IF Fine THEN UNCHANGED <<forced, acked>> ELSE Forces(n)

Force(n) ==
    /\ Fine /\ forced[n] < Len(log[n]) /\ Forces(n)
    /\ UNCHANGED <<recs, base, log, open, identity, view, kept, guided, agreed, late, reports, frontier, gone, stops, bad>>

----------------------------------------------------------------------------
(* Records *)

(* Replica.publish and RepairServer.serve: any record in the log may be sent, whoever wrote it. *)
Sendable(n) == {log[n][i] : i \in 1..(IF Power /\ Mutant # "sendEarly" THEN ForcedLength(n) ELSE Len(log[n]))}
Sent(n, dots) == {[node |-> n, launch |-> launch[n], dot |-> d] : d \in dots}
Living(n) == IF IsRemoved(n) THEN {}
             ELSE Sent(n, IF Mutant = "noAntiEntropy" THEN {d \in Sendable(n) : d[1] = n /\ d[2] = launch[n]} \* the live stream alone
                          ELSE Sendable(n))

(* Membership.takes, and a launch takes nothing before it has its guides' views (Heed). *)
Takes(n) == n \in Members(n) /\ guided[n]

(* View.admit: a launch that is not dead, of a member. *)
Admits(n, m, l) == /\ m \in Others(n) \/ (Mutant = "removedReturns" /\ m # n)
                   /\ l >= view[n][m] \/ Mutant = "deadLaunches" \/ (Mutant = "removedReturns" /\ view[n][m] = Removed)

Next1(n, d) == \* the next of its origin
    /\ d \notin Applied(n)
    /\ \A k \in 1..(d[3] - 1) : <<d[1], d[2], k>> \in Applied(n)

(* Kernel.deliver. *)
Take(n, m) ==
    /\ Admits(n, m.node, m.launch)
    /\ Next1(n, m.dot)
    /\ Mutant = "noDependencies" \/ recs[m.dot].causes \subseteq Applied(n)
    /\ log' = [log EXCEPT ![n] = Append(@, m.dot)]
    /\ view' = [view EXCEPT ![n][m.node] = Max(@, m.launch)]
    /\ bad' = (bad \/ ~(frontier[n] \subseteq recs[m.dot].observed))
    /\ UNCHANGED <<recs, base, open, identity, kept, guided, agreed, late, reports, frontier, gone, stops>>

Deliver(n) == Takes(n) /\ \E s \in Nodes \ {n} : /\ \E m \in Living(s) : Take(n, m)
                                                 /\ IF Power THEN WaitsForForce(s) ELSE UNCHANGED <<forced, acked>>
DeliverLate(n) == /\ Takes(n) /\ \E m \in late : m.node # n /\ Take(n, m)
                  /\ UNCHANGED <<forced, acked>>

Missing(s, have) == SelectSeq(s, LAMBDA d : d \notin have)

(* Bootstrap and Installation: a node that lacks what a peer no longer logs takes the peer's snapshot, and writes again what its own log    *)
(* holds beyond that. The snapshot must reach what this node no longer logs. What the peer had dropped is dropped here, too. The peer has     *)
(* been asked for it: it gives none to a node that it knows to be removed, and none before it knows of the launch that asks.                 *)
Install(n) ==
    /\ Takes(n)
    /\ \E a \in Others(n) :
          /\ ~IsRemoved(a) /\ Admits(n, a, launch[a])
          /\ Mutant = "anyoneFetches" \/ Admits(a, n, launch[n])
          /\ ~(base[a] \subseteq Applied(n)) /\ base[n] \subseteq Forced(a)
          /\ base' = [base EXCEPT ![n] = Forced(a)]
          /\ LET rest == IF Mutant = "installDropsOwn" THEN << >> ELSE Missing(log[n], Forced(a))
             IN /\ log' = [log EXCEPT ![n] = rest]
                /\ forced' = [forced EXCEPT ![n] = Len(rest), ![a] = ForcedLength(a)]
                /\ bad' = (bad \/ (\E d \in Forced(a) \ Applied(n) : ~(frontier[n] \subseteq recs[d].observed))
                               \/ (\E d \in Range(rest) : ~(frontier[a] \subseteq recs[d].observed)))
          /\ view' = [view EXCEPT ![n][a] = Max(@, launch[a]), ![a][n] = Max(@, launch[n])]
          /\ frontier' = [frontier EXCEPT ![n] = @ \cup frontier[a]]
          /\ late' = late \cup Sent(n, Sendable(n) \cap Forced(a))
    /\ UNCHANGED <<recs, open, identity, kept, guided, agreed, reports, counted>>

----------------------------------------------------------------------------
(* Launches *)

(* EngineLauncher: every launch is a new origin. It knows of others' launches what is on its disk. *)
Begun(n, v) == [v EXCEPT ![n] = launch'[n]]

(* Kill or power loss, and the next launch: the log keeps at least what was forced. State is rebuilt from snapshot and log; what had been     *)
(* dropped as stable stays so, if a snapshot was written since. (Frontiers are forced.)                                                     *)
StopKeeping(n, keep, stable) ==
    /\ stops < MaxStops /\ ~IsRemoved(n)
    /\ log' = [log EXCEPT ![n] = SubSeq(@, 1, keep)]
    /\ late' = late \cup Sent(n, IF Power /\ ~Fine THEN Range(log'[n]) ELSE Sendable(n))
    /\ gone' = IF Power THEN gone ELSE gone \cup ({log[n][i] : i \in (keep + 1)..Len(log[n])} \ Elsewhere(n))
    /\ forced' = [forced EXCEPT ![n] = keep]
    /\ frontier' = [frontier EXCEPT ![n] = stable]
    /\ launch' = [launch EXCEPT ![n] = IF Mutant = "sameOrigin" THEN @ ELSE @ + 1]
    /\ LET v == IF Mutant = "forgetsView" THEN [m \in Nodes |-> 0] ELSE kept[n]
       IN /\ view' = [view EXCEPT ![n] = With(Begun(n, v), epoch[n])]
          /\ kept' = [kept EXCEPT ![n] = With(Begun(n, v), epoch[n])]
    /\ guided' = [guided EXCEPT ![n] = joined[n] \/ Mutant = "unguided" \/ (Mutant = "emptyOnly" /\ base[n] \cup Range(log'[n]) # {})]
    /\ open' = [open EXCEPT ![n] = {}]
    /\ stops' = stops + 1
    /\ UNCHANGED <<recs, base, disk, joined, agreed, reports, acked, bad>>

Stop(n) == \E keep \in forced[n]..Len(log[n]) : StopKeeping(n, keep, frontier[n])

(* The disk is lost; the node begins anew as a joiner, with the members that its configuration names, which may have been replaced long ago.  *)
Wipe(n) ==
    /\ Cardinality(Wipes) < MaxWipes /\ ~IsRemoved(n)
    /\ \E m \in Nodes \ {n} : joined[m]
    /\ gone' = gone \cup (Applied(n) \ UNION {base[m] \cup {log[m][i] : i \in 1..forced[m]} : m \in Nodes \ {n}})
    /\ base' = [base EXCEPT ![n] = {}]
    /\ log' = [log EXCEPT ![n] = << >>]
    /\ forced' = [forced EXCEPT ![n] = 0]
    /\ late' = late \cup Sent(n, Sendable(n))
    /\ launch' = [launch EXCEPT ![n] = @ + 1]
    /\ disk' = [disk EXCEPT ![n] = @ + 1]
    /\ joined' = [joined EXCEPT ![n] = FALSE]
    /\ view' = [view EXCEPT ![n] = Begun(n, [m \in Nodes |-> 0])]
    /\ kept' = [kept EXCEPT ![n] = Begun(n, [m \in Nodes |-> 0])]
    /\ guided' = [guided EXCEPT ![n] = Mutant = "unguided"]
    /\ epoch' = [epoch EXCEPT ![n] = IF n \in Founders THEN 1 ELSE 0]
    /\ accepted' = [accepted EXCEPT ![n] = FALSE]
    /\ frontier' = [frontier EXCEPT ![n] = {}]
    /\ open' = [open EXCEPT ![n] = {}]
    /\ UNCHANGED <<recs, groups, reports, acked, stops, bad>>

----------------------------------------------------------------------------
(* Heartbeats and stability *)

(* The view is written, and forced, before a report of stability is made in it. (That the own launch is in it needs no writing.) *)
Keeps(n) == kept' = [kept EXCEPT ![n] = view[n]]
WaitsForKeep(n) == IF Fine THEN UNCHANGED kept ELSE Keeps(n)

Keep(n) ==
    /\ Fine /\ kept[n] # view[n] /\ Keeps(n)
    /\ UNCHANGED <<data, identity, view, guided, agreed, late, reports, frontier, counted, bad>>

(* DurableClock.report: what had been applied at some time after the view was adopted and has been forced since, and what open               *)
(* transactions had observed of it; nothing before the view is on disk. (A later report of an earlier time is as good as one made then.)     *)
Stable(n) == IF (kept[n] = view[n] \/ ~Fine) /\ (ForcedLength(n) = Len(log[n]) \/ Mutant = "staleCapture")
             THEN IF Mutant = "ignoresOpen" THEN Forced(n) ELSE Observed(n, Forced(n))
             ELSE {}

(* Replica.heartbeat. *)
Report(n) ==
    /\ LET r == [node |-> n, launch |-> launch[n], disk |-> disk[n], view |-> view[n], epoch |-> epoch[n], joined |-> joined[n],
                 decided |-> ~accepted[n], applied |-> Forced(n), stable |-> Stable(n)]
       IN /\ r \notin reports
          /\ \/ Cardinality(reports) < MaxReports /\ reports' = reports \cup {r}
             \/ Cardinality(reports) = MaxReports /\ Lossy /\ \E lost \in reports : reports' = (reports \ {lost}) \cup {r}
    /\ WaitsForForce(n) /\ WaitsForKeep(n)
    /\ UNCHANGED <<recs, base, log, open, identity, view, guided, agreed, late, frontier, gone, stops, bad>>

(* Replica.onHeartbeat: a later epoch, and launches that are newer than those known, are adopted. An epoch is on disk before it is believed.  *)
Adopt(n) ==
    /\ \E r \in reports :
          /\ r.node # n /\ r.node \in In(r.epoch) \cup Out(r.epoch)
          /\ LET e == Max(epoch[n], r.epoch)
                 v == With(view[n], e)
                 w == IF r.node \in In(e) /\ r.launch >= v[r.node]
                      THEN [m \in Nodes |-> IF m = n \/ m \notin In(e) THEN v[m] ELSE Max(v[m], IF m = r.node THEN r.launch ELSE r.view[m])]
                      ELSE v
             IN /\ <<e, w>> # <<epoch[n], view[n]>>
                /\ view' = [view EXCEPT ![n] = w]
                /\ epoch' = [epoch EXCEPT ![n] = e]
                /\ accepted' = [accepted EXCEPT ![n] = @ /\ e = epoch[n]]
    /\ UNCHANGED <<data, identity, kept, guided, groups, late, reports, frontier, counted, bad>>

(* Members that have joined and know of this launch, whose epoch and view this node has adopted. One that has accepted a change and does not  *)
(* know whether it was decided is none: the group may have gone on without it.                                                             *)
Guides(n) == {r \in reports :
                 /\ r.node \in Others(n) /\ r.joined
                 /\ r.view[n] = launch[n]
                 /\ r.epoch <= epoch[n] /\ \A m \in Nodes : r.view[m] <= view[n][m]
                 /\ r.decided \/ Mutant = "undecidedGuides"}
AreEnough(n, guides) == 2 * Cardinality({r.node : r \in guides}) >= Cardinality(Members(n)) \* Epoch.guidesToJoin

(* A launch takes nothing from others before it has heard as much of dead launches as was known wherever something was called stable without it. *)
Heed(n) ==
    /\ ~guided[n] /\ n \in Members(n) /\ AreEnough(n, Guides(n))
    /\ guided' = [guided EXCEPT ![n] = TRUE]
    /\ UNCHANGED <<data, identity, view, kept, agreed, late, reports, frontier, counted, bad>>

(* Joining, Engine.markJoined: a joiner may commit once it holds, on disk, what so many members had which knew of its launch, and the same     *)
(* epoch as it, that each majority has one of them in it. Its view is on disk by then: the next launch need not ask for guides.               *)
Join(n) ==
    /\ ~joined[n] /\ Takes(n)
    /\ Mutant = "joinUnforced" \/ ForcedLength(n) = Len(log[n])
    /\ Mutant = "joinUnkept" \/ kept[n] = view[n] \/ ~Fine
    /\ AreEnough(n, {r \in IF Mutant = "noGuide" THEN reports ELSE Guides(n) :
                        r.node \in Others(n) /\ r.joined /\ r.epoch = epoch[n] /\ r.applied \subseteq Applied(n)})
    /\ joined' = [joined EXCEPT ![n] = TRUE]
    /\ IF Mutant = "joinUnforced" THEN UNCHANGED <<forced, acked>> ELSE WaitsForForce(n)
    /\ IF Mutant = "joinUnkept" THEN UNCHANGED kept ELSE WaitsForKeep(n)
    /\ UNCHANGED <<recs, base, log, open, launch, disk, view, guided, agreed, late, reports, frontier, gone, stops, bad>>

Counts(n, r) == \* Peer.stable: a report of this very view, of which all that its sender had applied then has been applied here
    /\ Mutant = "anyView" \/ (r.view = view[n] /\ r.launch = view[n][r.node])
    /\ Mutant = "clocksAlone" \/ r.applied \subseteq Applied(n)

(* Stability.compute. This node's own part is what it would report itself. *)
Collect(n) ==
    /\ n \in Members(n) /\ Others(n) # {}
    /\ LET own == IF Mutant = "collectUnkept" THEN Observed(n, Forced(n)) ELSE Stable(n)
       IN \E choice \in [Others(n) -> {r \in reports : r.node \in Others(n) /\ Counts(n, r)}] :
             /\ \A m \in Others(n) : choice[m].node = m
             /\ LET f == {d \in own : \A m \in Others(n) : d \in choice[m].stable}
                IN /\ ~(f \subseteq frontier[n])
                   /\ frontier' = [frontier EXCEPT ![n] = @ \cup f]
    /\ WaitsForForce(n)
    /\ IF Mutant = "collectUnkept" THEN UNCHANGED kept ELSE WaitsForKeep(n)
    /\ UNCHANGED <<recs, base, log, open, identity, view, guided, agreed, late, reports, gone, stops, bad>>

(* (Of two nodes, only one that lets go of everything brings the other, with commits of its own, below its floor: hence the second mutant.) *)
(* Retention: the oldest record leaves the log for the snapshot once all members have it on disk, by reports that count. *)
Truncate(n) ==
    /\ ForcedLength(n) > 0
    /\ Mutant \in {"noRetention", "installDropsOwn"} \/ \A m \in Others(n) :
           \E r \in reports : r.node = m /\ Counts(n, r) /\ log[n][1] \in r.stable
    /\ base' = [base EXCEPT ![n] = @ \cup {log[n][1]}]
    /\ log' = [log EXCEPT ![n] = Tail(@)]
    /\ forced' = [forced EXCEPT ![n] = ForcedLength(n) - 1]
    /\ acked' = IF Fine THEN acked ELSE acked \cup {d \in Range(log[n]) : d[1] = n /\ d[2] = launch[n]}
    /\ late' = late \cup Sent(n, {log[n][1]})
    /\ UNCHANGED <<recs, open, identity, view, kept, guided, agreed, reports, frontier, gone, stops, bad>>

----------------------------------------------------------------------------
(* Membership: a member and a majority of those of its epoch decide on the next one. Whoever only voted does not know yet. A directory that    *)
(* has not been admitted does not vote.                                                                                                    *)
Changes(n) == {<<r, Removed>> : r \in Others(n)}
              \cup {<<a, disk[a]>> : a \in {m \in Nodes : /\ groups[epoch[n]][m] \notin {disk[m], Removed}
                                                          /\ joined[m] <=> m \in Members(n)}}

Decide(n) ==
    /\ Len(groups) <= MaxChanges /\ epoch[n] = Len(groups) /\ Votes(n)
    /\ \E q \in SUBSET Members(n), c \in Changes(n) :
          /\ n \in q /\ Cardinality(q) = Cardinality(Members(n)) \div 2 + 1
          /\ \A v \in q : epoch[v] = epoch[n] /\ Votes(v)
          /\ groups' = Append(groups, [groups[epoch[n]] EXCEPT ![c[1]] = c[2]])
          /\ accepted' = [v \in Nodes |-> v # n /\ (accepted[v] \/ v \in q)]
    /\ epoch' = [epoch EXCEPT ![n] = @ + 1]
    /\ view' = [view EXCEPT ![n] = [m \in Nodes |-> IF groups'[epoch'[n]][m] = Removed THEN Removed ELSE @[m]]]
    /\ UNCHANGED <<data, identity, kept, guided, late, reports, frontier, counted, bad>>

----------------------------------------------------------------------------
Step(n) == Begin(n) \/ Commit(n) \/ Force(n) \/ Deliver(n) \/ DeliverLate(n) \/ Install(n) \/ Stop(n) \/ Wipe(n) \/ Keep(n) \/ Report(n)
           \/ Adopt(n) \/ Heed(n) \/ Join(n) \/ Collect(n) \/ Truncate(n) \/ Decide(n)

Next == \E n \in Nodes : Step(n)

Spec == Init /\ [][Next]_vars

(* What a living system does sooner or later; faults are not fair, and what is late may never arrive. *)
Fairness == \A n \in Nodes : /\ WF_vars(Force(n)) /\ SF_vars(Deliver(n)) /\ SF_vars(Install(n))
FairSpec == Spec /\ Fairness

Symmetry == Permutations(Nodes)

(* For configurations that are about stability alone: something has become stable, or may with the heartbeats that are left. *)
MayBecomeStable ==
    \/ \E n \in Nodes : frontier[n] # {}
    \/ \E some \in SUBSET reports :
          /\ Cardinality(some) + MaxReports - Cardinality(reports) >= Cardinality(Nodes) - 1
          /\ \A r, s \in some : r.stable # {} /\ r.view = s.view /\ (r.node = s.node => r = s)

----------------------------------------------------------------------------
(* Safety *)

CausallyClosed == \A n \in Nodes : \A d \in Applied(n) : recs[d].causes \subseteq Applied(n)

ExactlyOnce == \A n \in Nodes : /\ \A i, j \in DOMAIN log[n] : log[n][i] = log[n][j] => i = j
                                /\ base[n] \cap Range(log[n]) = {}

(* The log of every node is in causal order, so whoever is served from it can apply what it is sent. *)
LogInCausalOrder == \A n \in Nodes : \A i \in DOMAIN log[n] :
                        recs[log[n][i]].causes \subseteq base[n] \cup {log[n][j] : j \in 1..(i - 1)}

(* Every acknowledged commit is somewhere, unless the only disks that had it are lost (or, at PROCESS, it was not forced yet). *)
NothingAcknowledgedIsLost == \A d \in acked : d \in gone \/ \E n \in Nodes : d \in Applied(n) \* a removed node's count, too: it exports them

(* At POWER a peer never has what its author may still lose. *)
ForcedBeforeSent == Power => \A n \in Nodes : \A d \in Applied(n) : (d[1] # n /\ d[2] = launch[d[1]]) => d \in Forced(d[1])

(* Nothing is delivered or committed that had not observed all that its node calls stable. *)
NothingCollectedTooEarly == ~bad

(* One content for a dot: a dot is given to one transaction. The new dot of a commit is never one that exists. *)
DotsUnique == \A n \in Nodes :
    LET own == {d \in Applied(n) : d[1] = n /\ d[2] = launch[n]} IN <<n, launch[n], Cardinality(own) + 1>> \notin DOMAIN recs

(* The view in which a directory has reported something stable is on its disk. *)
ReportedIsKept == \A r \in reports : (r.stable # {} /\ r.disk = disk[r.node]) => \A m \in Nodes : r.view[m] <= kept[r.node][m]

(* While a disk lives, the view on it only grows. *)
ViewsOnDiskGrow == [][\A n, m \in Nodes : disk'[n] = disk[n] => kept'[n][m] >= kept[n][m]]_vars

(* Not an invariant: TLC must find that something of a second launch becomes stable, or the bounds are too narrow to say anything. *)
NothingStableAfterAStop == \A n \in Nodes : \A d \in frontier[n] : d[2] = 1

----------------------------------------------------------------------------
(* Liveness: when commits and faults have come to their ends, all nodes end with the same. *)
Converged == \A n, m \in Nodes : Applied(n) = Applied(m)
EventuallyConverged == <>[]Converged
=============================================================================
