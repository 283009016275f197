---------------------------- MODULE Membership ----------------------------
(* The agreement of io.abelia.engine.replicate.Membership on who belongs to a group: epochs that follow each other, each decided by a majority    *)
(* of the members of the one before (Paxos, one instance for each epoch), with nodes that lose their disk. A member is a node with the       *)
(* incarnation that was admitted; one that lost its disk has another incarnation, and votes only once that has been admitted.               *)
EXTENDS Integers, FiniteSets

CONSTANTS Nodes, Proposers, MaxEpoch, MaxRound, MaxWipes,
          Mutant        \* "none", or which rule is left out

VARIABLES epoch,      \* node -> what it knows: number and members (node -> incarnation, 0 for none)
          inc,        \* node -> its incarnation
          promised,   \* node -> ballot
          accepted,   \* node -> ballot and change that it accepted in its epoch
          wire,       \* messages, never taken off
          decided,    \* epochs that anybody ever decided
          wipes

vars == <<epoch, inc, promised, accepted, wire, decided, wipes>>

First == [number |-> 0, members |-> [n \in Nodes |-> 1]]
Unknown == [number |-> -1, members |-> [n \in Nodes |-> 0]]
NoBallot == <<0, 0>>
Nothing == [ballot |-> NoBallot, change |-> <<"none", 0, 0>>]
Less(a, b) == a[1] < b[1] \/ (a[1] = b[1] /\ a[2] < b[2])
In(e) == {n \in Nodes : e.members[n] # 0}
Votes(n) == epoch[n].number >= 0 /\ (IF Mutant = "wipedVotes" THEN epoch[n].members[n] # 0 ELSE epoch[n].members[n] = inc[n])
Majority(q, e) == 2 * Cardinality(q) > Cardinality(In(e))
Changes(e) == {<<"remove", r, 0>> : r \in In(e)} \cup {<<"add", n, inc[n]>> : n \in {m \in Nodes : e.members[m] # inc[m] /\ e.members[m] # 0}}
After(e, c) == [number |-> e.number + 1,
                members |-> [e.members EXCEPT ![c[2]] = IF c[1] = "remove" THEN 0 ELSE c[3]]]

Init == /\ epoch = [n \in Nodes |-> First]
        /\ inc = [n \in Nodes |-> 1]
        /\ promised = [n \in Nodes |-> NoBallot]
        /\ accepted = [n \in Nodes |-> Nothing]
        /\ wire = {}
        /\ decided = {First}
        /\ wipes = 0

Tell(m) == wire' = wire \cup {m}

Prepare(n) ==
    /\ n \in Proposers /\ Votes(n) /\ epoch[n].number < MaxEpoch
    /\ \E round \in 1..MaxRound : /\ Less(promised[n], <<round, n>>)
                                  /\ Tell([step |-> "prepare", number |-> epoch[n].number, ballot |-> <<round, n>>, from |-> n])
    /\ UNCHANGED <<epoch, inc, promised, accepted, decided, wipes>>

Promise(n) ==
    /\ Votes(n)
    /\ \E m \in wire : /\ m.step = "prepare" /\ m.number = epoch[n].number /\ Less(promised[n], m.ballot)
                       /\ promised' = [promised EXCEPT ![n] = m.ballot]
                       /\ Tell([step |-> "promise", number |-> m.number, ballot |-> m.ballot, from |-> n, accepted |-> accepted[n]])
    /\ UNCHANGED <<epoch, inc, accepted, decided, wipes>>

Propose(n) ==
    /\ Votes(n)
    /\ \E m \in wire :
          /\ m.step = "prepare" /\ m.from = n /\ m.number = epoch[n].number
          /\ ~\E p \in wire : p.step = "accept" /\ p.ballot = m.ballot /\ p.number = m.number
          /\ LET heard == {p \in wire : p.step = "promise" /\ p.ballot = m.ballot /\ p.number = m.number}
                 best == {p \in heard : \A o \in heard : ~Less(p.accepted.ballot, o.accepted.ballot)}
             IN /\ Majority({p.from : p \in heard}, epoch[n])
                /\ \E c \in Changes(epoch[n]) :
                      /\ \/ \A p \in best : p.accepted = Nothing
                         \/ Mutant = "ownValue"
                         \/ \E p \in best : p.accepted.change = c /\ p.accepted # Nothing
                      /\ Tell([step |-> "accept", number |-> m.number, ballot |-> m.ballot, from |-> n, change |-> c])
    /\ UNCHANGED <<epoch, inc, promised, accepted, decided, wipes>>

Accept(n) ==
    /\ Votes(n)
    /\ \E m \in wire : /\ m.step = "accept" /\ m.number = epoch[n].number
                       /\ Mutant = "anyBallot" \/ ~Less(m.ballot, promised[n])
                       /\ promised' = [promised EXCEPT ![n] = m.ballot]
                       /\ accepted' = [accepted EXCEPT ![n] = [ballot |-> m.ballot, change |-> m.change]]
                       /\ Tell([step |-> "accepted", number |-> m.number, ballot |-> m.ballot, from |-> n])
    /\ UNCHANGED <<epoch, inc, decided, wipes>>

Learn(n, e) == /\ epoch' = [epoch EXCEPT ![n] = e]
               /\ promised' = [promised EXCEPT ![n] = NoBallot]
               /\ accepted' = [accepted EXCEPT ![n] = Nothing]

Decide(n) ==
    /\ Votes(n)
    /\ \E m \in wire :
          /\ m.step = "accept" /\ m.from = n /\ m.number = epoch[n].number
          /\ Majority({p.from : p \in {w \in wire : w.step = "accepted" /\ w.ballot = m.ballot /\ w.number = m.number}}, epoch[n])
          /\ Learn(n, After(epoch[n], m.change))
          /\ decided' = decided \cup {After(epoch[n], m.change)}
    /\ UNCHANGED <<inc, wire, wipes>>

(* Heartbeats carry what a node knows. *)
Adopt(n) ==
    /\ \E o \in Nodes \ {n} : epoch[o].number > epoch[n].number /\ Learn(n, epoch[o])
    /\ UNCHANGED <<inc, wire, decided, wipes>>

Wipe(n) ==
    /\ wipes < MaxWipes
    /\ \E o \in Nodes \ {n} : epoch[o].number >= 0
    /\ inc' = [inc EXCEPT ![n] = @ + 1]
    /\ Learn(n, Unknown)
    /\ wipes' = wipes + 1
    /\ UNCHANGED <<wire, decided>>

Next == \E n \in Nodes : Prepare(n) \/ Promise(n) \/ Propose(n) \/ Accept(n) \/ Decide(n) \/ Adopt(n) \/ Wipe(n)
Spec == Init /\ [][Next]_vars

OneContentForAnEpoch == \A d, e \in decided : d.number = e.number => d = e
NobodyKnowsAnother == \A n \in Nodes : epoch[n].number >= 0 => epoch[n] \in decided
=============================================================================
