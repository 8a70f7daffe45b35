package io.nereid.statistics;

/** How the responses to a request of a decoupled model ended, where not with a last response. */
public enum ResponseEnd {
    /** With an error. */
    FAIL,
    /** With the word that there are no more. */
    EMPTY,
    /** Nobody wanted them any more. */
    CANCEL
}
