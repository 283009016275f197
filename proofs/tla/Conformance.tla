---------------------------- MODULE Conformance ----------------------------
(* Traces of real engines under the simulator, as behaviours of Replication: each event must be a step that the specification allows, in   *)
(* the order in which it happened. SpecificationTest writes Traces.tla. Sending is not in the traces: a record may be delivered once some   *)
(* node could have sent it.                                                                                                               *)
EXTENDS Replication, Traces

VARIABLES k, i, sendable

allVars == <<vars, k, i, sendable>>

Event == Traces[k].events[i + 1]

May(p) == UNION {IF up[n] THEN {log[n][j] : j \in 1..(IF p THEN forced[n] ELSE Len(log[n]))} ELSE {} : n \in Nodes}

TraceInit == Init /\ k \in DOMAIN Traces /\ i = 0 /\ sendable = {}

Delivers(n, d) ==
    /\ up[n] /\ d \in sendable /\ Next1(n, d) /\ recs[d] \subseteq Applied(n)
    /\ log' = [log EXCEPT ![n] = Append1(@, d)]
    /\ UNCHANGED <<recs, base, forced, up, joined, launch, view, wire, reports, frontier, acked, gone, stops, wipes, bad, out>>

Forces(n, length) ==
    /\ up[n] /\ forced[n] <= length /\ length <= Len(log[n])
    /\ forced' = [forced EXCEPT ![n] = length]
    /\ UNCHANGED <<recs, base, log, up, joined, launch, view, wire, reports, frontier, acked, gone, stops, wipes, bad, out>>

Stops(n, keep) ==
    /\ up[n] /\ forced[n] <= keep /\ keep <= Len(log[n])
    /\ log' = [log EXCEPT ![n] = SubSeq(@, 1, keep)]
    /\ forced' = [forced EXCEPT ![n] = keep]
    /\ up' = [up EXCEPT ![n] = FALSE]
    /\ UNCHANGED <<recs, base, joined, launch, view, wire, reports, frontier, acked, gone, stops, wipes, bad, out>>

TraceStep ==
    /\ i < Len(Traces[k].events)
    /\ CASE Event.a = "commit" -> Commit(Event.n)
         [] Event.a = "deliver" -> Delivers(Event.n, Event.dot)
         [] Event.a = "force" -> Forces(Event.n, Event.length)
         [] Event.a = "stop" -> Stops(Event.n, Event.length)
         [] Event.a = "restart" -> Restart(Event.n)
    /\ i' = i + 1
    /\ k' = k
    /\ sendable' = sendable \cup May(Traces[k].power)'

Ended == i = Len(Traces[k].events) /\ UNCHANGED allVars

TraceSpec == TraceInit /\ [][TraceStep \/ Ended]_allVars
=============================================================================
