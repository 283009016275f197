------------------------------ MODULE Outcome ------------------------------
(* Which result of a job counts (io.abelia.scheduler.outcome): facts CLAIM, ACCEPT and SEAL by slot, a slot being (epoch, owner). They spread    *)
(* between brokers in causal order, at any time, by any way. A broker that is gone just does nothing any more. A result that anybody was     *)
(* told to be final must stay the one in the least slot, whatever else becomes known.                                                 *)
EXTENDS Integers, FiniteSets, TLC

CONSTANTS Brokers, Home, Results, MaxEpoch,
          Sayers,       \* brokers that may say a slot's claim again for its owner, and that it is stable
          Mutant        \* "none", or which rule is left out

VARIABLES knows,   \* broker -> facts
          deps,    \* fact -> facts that its author knew
          had,     \* broker -> claim -> own facts of the broker when it took the claim over; what a report of stability says at least
          finals   \* (slot, result) that anybody ever called final

vars == <<knows, deps, had, finals>>

Slots == {<<e, b>> : e \in 0..MaxEpoch, b \in Brokers}
Less(s, t) == s[1] < t[1] \/ (s[1] = t[1] /\ s[2] < t[2])
Claim(s) == [kind |-> "claim", slot |-> s, result |-> "-"]
Accept(s, r) == [kind |-> "accept", slot |-> s, result |-> r]
Seal(s) == [kind |-> "seal", slot |-> s, result |-> "-"]
Stable(s) == [kind |-> "stable", slot |-> s, result |-> "-"]
All == DOMAIN deps
Of(kind, facts) == {f \in facts : f.kind = kind}
ClaimedIn(facts) == {f.slot : f \in Of("claim", facts)}
IsActive(s, facts) == s \in ClaimedIn(facts) /\ \A t \in ClaimedIn(facts) : t = s \/ Less(t, s)
IsEmpty(s, facts) == ~\E f \in facts : f.slot = s /\ f.kind \in {"accept", "seal"}

Init == /\ deps = (Claim(<<0, Home>>) :> {})
        /\ knows = [b \in Brokers |-> IF b = Home THEN {Claim(<<0, Home>>)} ELSE {}]
        /\ had = [b \in Brokers |-> [s \in Slots |-> {}]]
        /\ finals = {}

Write(b, f) == /\ f \notin All
               /\ deps' = (f :> knows[b]) @@ deps
               /\ knows' = [knows EXCEPT ![b] = @ \cup {f}]

Own(b) == {f \in knows[b] : f.slot[2] = b}

TakeOver(b) ==
    \E e \in 1..MaxEpoch :
        /\ knows[b] # {}
        /\ \A s \in ClaimedIn(knows[b]) : s[1] < e
        /\ \E s \in ClaimedIn(knows[b]) : s[1] = e - 1
        /\ ~\E s \in ClaimedIn(knows[b]) : s[2] = b /\ IsActive(s, knows[b])
        /\ Write(b, Claim(<<e, b>>))
        /\ had' = [had EXCEPT ![b][<<e, b>>] = Own(b)]
        /\ UNCHANGED finals

AcceptResult(b) ==
    \E s \in ClaimedIn(knows[b]), r \in Results :
        /\ s[2] = b
        /\ Mutant = "noSealing" \/ IsActive(s, knows[b])   \* without sealing a slot stays open whatever its owner learns
        /\ IF Mutant = "twoAccepts" THEN Seal(s) \notin knows[b]
           ELSE IsEmpty(s, knows[b]) /\ Of("accept", knows[b]) = {}
        /\ Write(b, Accept(s, r))
        /\ UNCHANGED <<had, finals>>

SealSlot(b) ==
    \E s \in ClaimedIn(knows[b]) :
        /\ s[2] = b
        /\ ~IsActive(s, knows[b])
        /\ IF Mutant = "sealsAnything" THEN TRUE ELSE IsEmpty(s, knows[b])
        /\ Write(b, Seal(s))
        /\ UNCHANGED <<had, finals>>

(* The claim is causally stable at a broker: everybody has it, and what anybody wrote before having it is known here. The owner says so, or     *)
(* another broker that has said the claim again.                                                                                      *)
IsStable(b, s) == \A c \in Brokers : Claim(s) \in knows[c] /\ had[c][s] \subseteq knows[b]

SayStable(b) ==
    \E s \in ClaimedIn(knows[b]) :
        /\ s[2] = b \/ b \in Sayers
        /\ s[1] > 0
        /\ IF Mutant = "noStability" THEN TRUE ELSE IsStable(b, s)
        /\ Write(b, Stable(s))
        /\ UNCHANGED <<had, finals>>

Learn(b) ==
    \E c \in Brokers \ {b} : \E f \in knows[c] \ knows[b] :
        /\ deps[f] \subseteq knows[b]
        /\ knows' = [knows EXCEPT ![b] = @ \cup {f}]
        /\ had' = IF f.kind = "claim" THEN [had EXCEPT ![b][f.slot] = Own(b)] ELSE had
        /\ UNCHANGED <<deps, finals>>

IsFinal(s, facts) ==
    \/ s[1] = 0
    \/ /\ Stable(s) \in facts
       /\ \/ Mutant = "noSealing"
          \/ \A t \in ClaimedIn(facts) : Less(t, s) => Seal(t) \in facts

CallFinal(b) ==
    \E f \in Of("accept", knows[b]) :
        /\ \A g \in Of("accept", knows[b]) : g.slot = f.slot \/ Less(f.slot, g.slot)
        /\ IsFinal(f.slot, knows[b])
        /\ <<f.slot, f.result>> \notin finals
        /\ finals' = finals \cup {<<f.slot, f.result>>}
        /\ UNCHANGED <<knows, deps, had>>

Next == \E b \in Brokers : TakeOver(b) \/ AcceptResult(b) \/ SealSlot(b) \/ SayStable(b) \/ Learn(b) \/ CallFinal(b)
Spec == Init /\ [][Next]_vars

OneFinalResult == Cardinality(finals) <= 1
FinalIsLeast == \A p \in finals : ~\E f \in Of("accept", All) : Less(f.slot, p[1])
OneFactForASlot == \A s \in Slots : Cardinality({f \in All : f.slot = s /\ f.kind \in {"accept", "seal"}}) <= 1
=============================================================================
