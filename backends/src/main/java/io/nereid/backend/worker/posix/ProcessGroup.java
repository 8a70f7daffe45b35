package io.nereid.backend.worker.posix;

/** Processes that were started by one process, and it. */
public final class ProcessGroup {
    private ProcessGroup() {}

    /**
     * Ends all processes of a group at once; does nothing where there is none.
     *
     * @param leader the process that the group is named by, which may have ended just now
     */
    public static void kill(long leader) {
        int _ = CLibrary.kill(-Math.toIntExact(leader), CLibrary.SIGKILL);
    }
}
