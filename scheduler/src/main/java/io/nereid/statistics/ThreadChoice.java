package io.nereid.statistics;

/** On which thread a request ran, or is to run since it came, and why on that one. */
public enum ThreadChoice {
    /** On the thread that queued it: an instance was idle, and the model's executions were measured to be short. */
    CALLER,
    /** On the thread of another request, which had the instance on loan when this one came, and ran it, too. */
    ANOTHER_CALLER,
    /** On an instance's: none was idle, other requests waited, or it is to wait for others. */
    QUEUED,
    /** On an instance's: the model's executions were not measured to be short, or one was not since. */
    NOT_SHORT,
    /** On an instance's: its inputs are larger than those of the executions that are measured. */
    LARGE,
    /** On an instance's: the thread that queued it runs a model, has run as much as it may, or is a virtual one. */
    CALLER_BUSY,
    /** On an instance's: its model, its configuration or the server asks for that. */
    NOT_OFFERED
}
