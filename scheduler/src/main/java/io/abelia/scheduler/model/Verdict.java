package io.abelia.scheduler.model;

/** What becomes of a submitted result. */
public enum Verdict {
    /** It is the job's result, for ever. */
    ACCEPTED_FINAL,
    /** It is the job's result unless an earlier broker turns out to have accepted another. */
    ACCEPTED_TENTATIVE,
    /** Another result was accepted; the answer names it. Nothing else is to be done with this one. */
    REJECTED_DUPLICATE,
    /** It is noted; the broker that decides has not answered for it yet. Ask again. */
    FORWARDED,
    /** The execution failed, and that is noted: there is no result to accept. */
    FAILURE_NOTED,
    /** Nobody here has heard of the job. Keep the result, and ask again. */
    UNKNOWN_JOB
}
