------------------------------ MODULE Directed ------------------------------
(* Behaviours of Replication that once led to a violation, step by step, as a regression: with the rule that mends one left out it must lead  *)
(* there again, and with it nowhere. A step names an action and a node; which message, say, it is about is left open. A step in brackets     *)
(* (TRUE behind it) may be left out. Free further steps of any kind may follow.                                                           *)
EXTENDS Replication

CONSTANTS Behaviour, Free

VARIABLE at

S(a, n) == <<a, n, FALSE>>
Maybe(a, n) == <<a, n, TRUE>>

(* A launch that has forgotten which launches are dead takes a record that a dead one had sent, and passes it on as a living one, to where     *)
(* something that the record had not observed has been called stable.                                                                     *)
ForgottenView ==
    << S("Commit", 3), S("Stop", 3), S("Report", 3), S("Adopt", 1), S("Adopt", 2),
       S("Commit", 1), S("Deliver", 2), S("Deliver", 3), S("Report", 2), Maybe("Adopt", 3), S("Report", 3), S("Collect", 1),
       S("Stop", 2), S("DeliverLate", 2), S("Deliver", 1) >>

(* The same by a launch that has called something stable in a view that is not on its disk. *)
UnkeptView ==
    << S("Commit", 3), S("Stop", 3), S("Report", 3), S("Adopt", 1), S("Adopt", 2),
       S("Commit", 1), S("Deliver", 2), S("Deliver", 3), S("Report", 2), S("Report", 3), S("Collect", 1),
       S("Stop", 1), S("DeliverLate", 1) >>

(* A wiped node takes from a removed one what that wrote without knowing, and passes it on. *)
RemovedThroughWiped ==
    << S("Commit", 2), S("Deliver", 3), S("Commit", 1), S("Decide", 3), S("Report", 3), S("Adopt", 2), S("Report", 2), S("Collect", 3),
       S("Wipe", 2), Maybe("Report", 1), Maybe("Adopt", 2), Maybe("Heed", 2), S("Deliver", 2), S("Deliver", 3) >>

(* The same through a launch that joined with its guides' views in memory only, and stopped. *)
JoinedUnkept ==
    << S("Commit", 3), S("Stop", 3), S("Report", 3), S("Adopt", 1), S("Adopt", 2),
       S("Commit", 1), S("Deliver", 2), S("Deliver", 3), S("Report", 2), S("Report", 3), S("Collect", 1),
       S("Wipe", 2), S("Report", 2), S("Adopt", 1), S("Adopt", 3), S("Report", 1), S("Report", 3), S("Adopt", 2), Maybe("Adopt", 2),
       S("Heed", 2), S("Deliver", 2), S("Join", 2), S("Stop", 2), S("DeliverLate", 2), S("Deliver", 1) >>

(* The same by a joiner that stopped before it had joined, with some of what others have on its disk, and asks for no guides any more. *)
StoppedJoining ==
    << S("Commit", 3), S("Stop", 3), S("Report", 3), S("Adopt", 1), S("Adopt", 2),
       S("Commit", 1), S("Deliver", 2), S("Deliver", 3), S("Report", 2), S("Report", 3), S("Collect", 1),
       S("Wipe", 2), S("Report", 2), S("Adopt", 1), S("Adopt", 3), S("Report", 1), S("Report", 3), S("Adopt", 2), Maybe("Adopt", 2),
       S("Heed", 2), S("Deliver", 2), S("Stop", 2), S("DeliverLate", 2), S("Deliver", 1) >>

(* A joiner that joined before what it joined with was forced loses that, and commits as if it had never been. *)
JoinedUnforced ==
    << S("Commit", 1), S("Deliver", 2), S("Deliver", 3), S("Report", 2), S("Report", 3), S("Collect", 1),
       S("Wipe", 2), S("Report", 2), S("Adopt", 1), S("Adopt", 3), S("Report", 1), S("Report", 3), S("Adopt", 2), Maybe("Adopt", 2),
       S("Heed", 2), S("Deliver", 2), S("Join", 2), S("Stop", 2), S("Commit", 2), S("Deliver", 1) >>

(* Of two members, one accepts the admission of a third without learning that it was decided, and is removed by the other two. One of these    *)
(* loses its disk, and joins again the group as the configuration names it, guided by the removed one.                                    *)
GuidedByRemoved ==
    << S("Commit", 1), S("Commit", 2), S("Decide", 2), S("Report", 2), S("Adopt", 3), S("Decide", 2), S("Report", 2), S("Adopt", 3),
       S("Report", 3), S("Adopt", 2), S("Report", 2), S("Heed", 3), S("Deliver", 3), S("Join", 3), S("Report", 3),
       S("Collect", 3), S("Wipe", 2), S("Report", 2), S("Adopt", 1), S("Report", 1), Maybe("Adopt", 2), S("Heed", 2), S("Deliver", 2), S("Deliver", 3) >>

Script == CASE Behaviour = "forgottenView" -> ForgottenView
            [] Behaviour = "unkeptView" -> UnkeptView
            [] Behaviour = "removedThroughWiped" -> RemovedThroughWiped
            [] Behaviour = "joinedUnkept" -> JoinedUnkept
            [] Behaviour = "stoppedJoining" -> StoppedJoining
            [] Behaviour = "joinedUnforced" -> JoinedUnforced
            [] Behaviour = "guidedByRemoved" -> GuidedByRemoved
            [] Behaviour = "somethingStable" -> SubSeq(ForgottenView, 1, 12)
            [] Behaviour = "stableAfterRemoval" -> SubSeq(RemovedThroughWiped, 1, 8)

Do(a, n) == CASE a = "Commit" -> Commit(n) [] a = "Deliver" -> Deliver(n) [] a = "DeliverLate" -> DeliverLate(n) [] a = "Stop" -> Stop(n)
              [] a = "Wipe" -> Wipe(n) [] a = "Report" -> Report(n) [] a = "Adopt" -> Adopt(n) [] a = "Heed" -> Heed(n)
              [] a = "Join" -> Join(n) [] a = "Collect" -> Collect(n) [] a = "Decide" -> Decide(n)

DirectedInit == Init /\ at = 1
DirectedNext ==
    /\ at' = at + 1
    /\ \/ at <= Len(Script) /\ Do(Script[at][1], Script[at][2])
       \/ at <= Len(Script) /\ Script[at][3] /\ UNCHANGED vars
       \/ at > Len(Script) /\ at <= Len(Script) + Free /\ Next
DirectedSpec == DirectedInit /\ [][DirectedNext]_<<vars, at>>
=============================================================================
