---------------------------- MODULE Conformance ----------------------------
(* Traces of real engines under the simulator, as behaviours of Replication: each event must be a step that the specification allows, in   *)
(* the order in which it happened, and lead to what the engine says. SpecificationTest writes Traces.tla:                                   *)
(*                                                                                                                                       *)
(*   Traces == << [power |-> TRUE or FALSE, events |-> << event, ... >>], ... >>                                                           *)
(*                                                                                                                                       *)
(* An event names an action (a), a node (n) and what else is there to say. Clocks are sets of dots <<node, launch, seq>> that stand for all  *)
(* dots of their launches up to theirs; views are tuples by node, 0 for one never heard, 99 for a removed one; members are tuples by node:    *)
(* number of the directory that was admitted (1, 2 ... for each node), 0 for none, 99 for a removed one.                                    *)
(*                                                                                                                                       *)
(*   [a |-> "open", n, observed]             what all open transactions have observed, whenever that changes; without observed: none is open  *)
(*   [a |-> "commit", n, observed]           of a transaction that had observed so much; without observed: everything that had been applied   *)
(*   [a |-> "deliver", n, dot, from]         by a message of one of these launches, <<node, launch>>: the last, or one that waited for causes  *)
(*   [a |-> "force", n, length]              so many records of the log are forced                                                        *)
(*   [a |-> "stop", n, length, view, stable] so many have been kept, and a new launch begins with that view; what had been called stable      *)
(*                                           when no more was applied than has been kept                                                 *)
(*   [a |-> "restart", n]                    says nothing more                                                                            *)
(*   [a |-> "wipe", n]                       the disk is lost, and a new launch begins                                                    *)
(*   [a |-> "keep", n, view]                 the view is on disk                                                                          *)
(*   [a |-> "report", n, applied, stable, view, epoch, joined]   a heartbeat, when it is another one than the last (Heartbeat.stableApplied,  *)
(*                                           stable, ...)                                                                               *)
(*   [a |-> "adopt", n, view, epoch]         launches or an epoch have been heard of, by whatever message: what is known then               *)
(*   [a |-> "heed", n]                       the launch may take what others have                                                         *)
(*   [a |-> "join", n]                       the node may commit                                                                          *)
(*   [a |-> "collect", n, frontier]          the frontier has grown to that                                                               *)
(*   [a |-> "truncate", n, length]           so many of the oldest records have left the log for the snapshot                             *)
(*   [a |-> "install", n, from, contained, stable]  a snapshot of that node that contains so much has been installed; what that node had    *)
(*                                           called stable when it had applied no more                                                   *)
(*   [a |-> "decide", n, members]            the node has decided on the next epoch                                                       *)
(*                                                                                                                                       *)
(* Sending is not in the traces: a record may be delivered by a launch once that launch could have sent it. A node that knows to be removed  *)
(* is not in the traces any more.                                                                                                         *)
EXTENDS Replication, Traces

VARIABLES k, i,
          sendable, \* <<node, launch, dot>>: what a launch could have sent
          onDisk    \* node -> dots that it has ever reported as stable

allVars == <<vars, k, i, sendable, onDisk>>

Event == Traces[k].events[i + 1]
Has(field) == field \in DOMAIN Event
UpTo(clock) == UNION {{<<c[1], c[2], s>> : s \in 1..c[3]} : c \in clock}

MaySend(p) == UNION {{<<n, launch[n], log[n][j]>> : j \in 1..(IF p THEN forced[n] ELSE Len(log[n]))} : n \in Nodes}

TraceInit == Init /\ k \in DOMAIN Traces /\ i = 0 /\ sendable = {} /\ onDisk = [n \in Nodes |-> {}]

Opens(n, o) ==
    /\ o = {} \/ UNION o \subseteq Applied(n)
    /\ open' = [open EXCEPT ![n] = o]
    /\ UNCHANGED <<recs, base, log, forced, identity, view, kept, guided, agreed, late, reports, frontier, counted, bad>>

(* What it had observed is no less than what all that were open had. *)
Commits(n, seen) ==
    /\ seen \subseteq Applied(n) /\ Observed(n, Applied(n)) \subseteq seen
    /\ CommitHavingSeen(n, seen)
    /\ UNCHANGED open

(* A launch that the view does not know yet has been adopted before. *)
Delivers(n, d, from) ==
    /\ \E s \in from : s[1] \in Others(n) /\ s[2] = view[n][s[1]] /\ <<s[1], s[2], d>> \in sendable
    /\ Takes(n) /\ Next1(n, d) /\ recs[d].causes \subseteq Applied(n)
    /\ log' = [log EXCEPT ![n] = Append(@, d)]
    /\ bad' = (bad \/ ~(frontier[n] \subseteq recs[d].observed))
    /\ UNCHANGED <<recs, base, forced, open, identity, view, kept, guided, agreed, late, reports, frontier, counted>>

ForcesTo(n, length) ==
    /\ forced[n] <= length /\ length <= Len(log[n])
    /\ forced' = [forced EXCEPT ![n] = length]
    /\ UNCHANGED <<recs, base, log, open, identity, view, kept, guided, agreed, late, reports, frontier, counted, bad>>

(* Engines call stable what they have on disk also while more has been applied that is not. What was dropped then is on disk only with all   *)
(* that was applied then, in a snapshot: a launch that has lost some of that has dropped nothing.                                          *)
Stops(n, keep, stable) ==
    /\ keep \in forced[n]..Len(log[n])
    /\ stable \subseteq frontier[n] /\ (keep = Len(log[n]) => stable = frontier[n])
    /\ StopKeeping(n, keep, stable)
    /\ view'[n] = Event.view

(* Whatever message has brought it: a launch that exists, and never an older one. *)
Adopts(n, v, e) ==
    /\ e >= epoch[n] /\ e <= Len(groups)
    /\ \A m \in Nodes : v[m] >= view[n][m] /\ (v[m] <= launch[m] \/ (v[m] = Removed /\ m \in Out(e)))
    /\ v[n] = view[n][n] \/ n \in Out(e)
    /\ view' = [view EXCEPT ![n] = v]
    /\ epoch' = [epoch EXCEPT ![n] = e]
    /\ accepted' = [accepted EXCEPT ![n] = @ /\ e = epoch[n]]
    /\ UNCHANGED <<data, identity, kept, guided, groups, late, reports, frontier, counted, bad>>

(* Whether a report may still count somewhere, or guide somebody. *)
Matters(r) == \E m \in Nodes \ {r.node} : (\A x \in Nodes : view[m][x] <= r.view[x]) \/ (~joined[m] /\ r.view[m] = launch[m])

(* A clock that was taken some time ago: no more than could be reported now, and nothing at all in a view that is not on disk. *)
Reports(n, applied, stable) ==
    /\ applied \subseteq Forced(n)
    /\ stable \subseteq Observed(n, Forced(n)) /\ (stable # {} => kept[n] = view[n])
    /\ view[n] = Event.view /\ epoch[n] = Event.epoch /\ joined[n] = Event.joined
    /\ reports' = {r \in reports : Matters(r)}
                  \cup {[node |-> n, launch |-> launch[n], disk |-> disk[n], view |-> view[n], epoch |-> epoch[n], joined |-> joined[n],
                         decided |-> ~accepted[n], applied |-> applied, stable |-> stable]}
    /\ UNCHANGED <<data, identity, view, kept, guided, agreed, late, frontier, counted, bad>>

(* Guides as engines tell them. *)
TellsViews(n) == {r \in reports : /\ r.node \in Others(n) /\ r.joined /\ r.decided /\ r.view[n] = launch[n]
                                  /\ r.epoch = epoch[n] /\ \A m \in Nodes : r.view[m] <= view[n][m]}

Heeds(n) ==
    /\ n \in Members(n) /\ AreEnough(n, TellsViews(n))
    /\ guided' = [guided EXCEPT ![n] = TRUE]
    /\ UNCHANGED <<data, identity, view, kept, agreed, late, reports, frontier, counted, bad>>

Joins(n) ==
    /\ ~joined[n] /\ Takes(n) /\ ForcedLength(n) = Len(log[n]) /\ kept[n] = view[n]
    /\ AreEnough(n, {r \in TellsViews(n) : r.applied \subseteq Applied(n)})
    /\ joined' = [joined EXCEPT ![n] = TRUE]
    /\ UNCHANGED <<data, launch, disk, view, kept, guided, agreed, late, reports, frontier, counted, bad>>

Counted(n, m) == UNION {r.stable : r \in {x \in reports : x.node = m /\ Counts(n, x)}}

(* Every dot of the frontier is in a report that counts, of every other member; what was counted earlier in this view is in the frontier before. *)
Collects(n, f) ==
    /\ n \in Members(n) /\ kept[n] = view[n]
    /\ frontier[n] \subseteq f
    /\ f \ frontier[n] \subseteq Observed(n, Forced(n))
    /\ \A m \in Others(n) : f \ frontier[n] \subseteq Counted(n, m)
    /\ frontier' = [frontier EXCEPT ![n] = f]
    /\ UNCHANGED <<data, identity, view, kept, guided, agreed, late, reports, counted, bad>>

(* No record leaves a log before all other members have reported it. *)
Truncates(n, length) ==
    /\ length <= forced[n]
    /\ \A m \in Others(n) : {log[n][j] : j \in 1..length} \subseteq onDisk[m]
    /\ base' = [base EXCEPT ![n] = @ \cup {log[n][j] : j \in 1..length}]
    /\ log' = [log EXCEPT ![n] = SubSeq(@, length + 1, Len(@))]
    /\ forced' = [forced EXCEPT ![n] = @ - length]
    /\ UNCHANGED <<recs, open, identity, view, kept, guided, agreed, late, reports, frontier, counted, bad>>

(* What the peer had dropped is dropped here, too. *)
Installs(n, a, contained, stable) ==
    /\ Takes(n) /\ contained \subseteq Applied(a) /\ base[n] \subseteq contained
    /\ base' = [base EXCEPT ![n] = contained]
    /\ log' = [log EXCEPT ![n] = Missing(log[n], contained)]
    /\ forced' = [forced EXCEPT ![n] = Len(log'[n])]
    /\ stable \subseteq frontier[a] \cap contained
    /\ frontier' = [frontier EXCEPT ![n] = @ \cup stable]
    /\ bad' = (bad \/ (\E d \in contained \ Applied(n) : ~(frontier[n] \subseteq recs[d].observed))
                   \/ (\E d \in Range(log'[n]) : ~(stable \subseteq recs[d].observed)))
    /\ UNCHANGED <<recs, open, identity, view, kept, guided, agreed, late, reports, counted>>

(* Two changes that Replication does not know: a launch becomes the heir of all earlier ones of its node; and who proposes something else, and   *)
(* finds its own removal accepted, brings that to its end.                                                                                *)
Concludes(n) ==
    /\ epoch[n] = Len(groups) /\ Votes(n)
    /\ \E q \in SUBSET Members(n) :
          /\ n \in q /\ Cardinality(q) = Cardinality(Members(n)) \div 2 + 1
          /\ \A v \in q : epoch[v] = epoch[n] /\ Votes(v)
          /\ accepted' = [v \in Nodes |-> v # n /\ (accepted[v] \/ v \in q)]
    /\ \/ groups' = Append(groups, groups[epoch[n]])
       \/ Others(n) # {} /\ groups' = Append(groups, [groups[epoch[n]] EXCEPT ![n] = Removed])
    /\ epoch' = [epoch EXCEPT ![n] = @ + 1]
    /\ view' = [view EXCEPT ![n] = [m \in Nodes |-> IF groups'[epoch'[n]][m] = Removed THEN Removed ELSE @[m]]]
    /\ UNCHANGED <<data, identity, kept, guided, late, reports, frontier, counted, bad>>

Decides(n, members) == (Decide(n) \/ Concludes(n)) /\ groups'[Len(groups')] = members

Restarts == UNCHANGED vars

TraceStep ==
    /\ i < Len(Traces[k].events)
    /\ CASE Event.a = "open" -> Opens(Event.n, IF Has("observed") THEN {UpTo(Event.observed)} ELSE {})
         [] Event.a = "commit" -> Commits(Event.n, IF Has("observed") THEN UpTo(Event.observed) ELSE Applied(Event.n))
         [] Event.a = "deliver" -> Delivers(Event.n, Event.dot, Event.from)
         [] Event.a = "force" -> ForcesTo(Event.n, Event.length)
         [] Event.a = "stop" -> Stops(Event.n, Event.length, UpTo(Event.stable))
         [] Event.a = "restart" -> Restarts
         [] Event.a = "wipe" -> Wipe(Event.n)
         [] Event.a = "keep" -> Keep(Event.n) /\ view[Event.n] = Event.view
         [] Event.a = "report" -> Reports(Event.n, UpTo(Event.applied), UpTo(Event.stable))
         [] Event.a = "adopt" -> Adopts(Event.n, Event.view, Event.epoch)
         [] Event.a = "heed" -> Heeds(Event.n)
         [] Event.a = "join" -> Joins(Event.n)
         [] Event.a = "collect" -> Collects(Event.n, UpTo(Event.frontier))
         [] Event.a = "truncate" -> Truncates(Event.n, Event.length)
         [] Event.a = "install" -> Installs(Event.n, Event.from, UpTo(Event.contained), UpTo(Event.stable))
         [] Event.a = "decide" -> Decides(Event.n, Event.members)
    /\ i' = i + 1
    /\ k' = k
    /\ sendable' = sendable \cup MaySend(Traces[k].power)'
    /\ onDisk' = IF Event.a = "report" THEN [onDisk EXCEPT ![Event.n] = @ \cup UpTo(Event.stable)] ELSE onDisk

Ended == i = Len(Traces[k].events) /\ UNCHANGED allVars

(* Of what a trace leaves open, who has accepted a change, no later event asks: one behaviour is enough. *)
Position == <<k, i>>

(* Of traces whose last event is wrong, as controls. *)
NeverEnded == i < Len(Traces[k].events)

TraceSpec == TraceInit /\ [][TraceStep \/ Ended]_allVars
=============================================================================
