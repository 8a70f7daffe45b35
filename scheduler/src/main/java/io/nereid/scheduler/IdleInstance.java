package io.nereid.scheduler;

import java.util.List;

/** An instance that has nothing to run, as a {@link RequestQueue} sees it that decides what it runs next. */
public interface IdleInstance {
    /** Its number among the instances of its model version, from 0; it keeps it for as long as it exists. */
    int number();

    /** Rows that it should run at most; a larger request runs alone. */
    int maxRows();

    /** Where the queue puts the requests that it is to run; empty. */
    List<QueuedRequest> batch();
}
