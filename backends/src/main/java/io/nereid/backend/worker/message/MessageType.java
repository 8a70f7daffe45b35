package io.nereid.backend.worker.message;

/** The first byte of a frame. */
public final class MessageType {
    // Work channel: questions of the server and the worker's answers.

    public static final int COMPLETE = 1;
    public static final int START = 2;
    public static final int EXECUTE = 3;
    public static final int FINISH = 4;
    public static final int FAILED = 20;
    public static final int CONFIG = 21;
    public static final int STARTED = 22;
    public static final int EXECUTED = 23;
    public static final int FINISHED = 24;

    // Call channel: what the worker asks.

    public static final int ALLOCATE = 30;
    public static final int FREE = 31;
    public static final int RELEASED = 32;
    public static final int SEND = 33;
    public static final int IS_CANCELLED = 34;
    public static final int INFER = 35;
    public static final int TAKEN = 36;
    public static final int CANCEL = 37;
    public static final int LOG = 38;
    public static final int FAMILY = 39;
    public static final int METRIC = 40;
    public static final int METRIC_OPERATION = 41;
    public static final int METRIC_VALUE = 42;
    public static final int METRIC_DELETED = 43;
    public static final int FAMILY_DELETED = 44;
    public static final int LOAD_MODEL = 45;
    public static final int UNLOAD_MODEL = 46;
    public static final int MODEL_READY = 47;
    public static final int READY = 48;

    // Call channel: what the server says.

    public static final int DONE = 60;
    public static final int ERROR = 61;
    public static final int EXTENT = 62;
    public static final int FLAG = 63;
    public static final int RESPONSE = 64;
    public static final int ID = 65;
    public static final int VALUE = 66;
    public static final int IS_READY = 67;
    public static final int TERMINATE = 68;

    private MessageType() {}
}
