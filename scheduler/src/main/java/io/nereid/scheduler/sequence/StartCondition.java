package io.nereid.scheduler.sequence;

/** Whether as much has come as a {@link StartSize} waits for; once so, for good. Guarded by the scheduler's lock. */
final class StartCondition {
    private StartSize awaited;

    StartCondition(StartSize awaited) {
        this.awaited = awaited;
    }

    /** Whether requests may run. */
    boolean isMet() {
        return awaited.equals(StartSize.NONE);
    }

    /**
     * So many requests are queued.
     *
     * @param inSlots those of sequences that have a slot
     * @param inBacklog those of sequences that wait for one
     */
    void queued(int inSlots, int inBacklog) {
        if (inSlots >= awaited.inSlots() && inBacklog >= awaited.inBacklog()) {
            waive();
        }
    }

    /** Nothing is waited for any more. */
    void waive() {
        awaited = StartSize.NONE;
    }
}
