package io.nereid.server.sharedmemory.posix;

/** Copies a number of bytes by a function that may copy fewer than it was asked to, or be interrupted. */
final class Transfer {
    private Transfer() {}

    /** Copies what is behind the first {@code done} bytes: how many more there are now, or a negated error number. */
    @FunctionalInterface
    interface Step {
        long copyFrom(long done);
    }

    /**
     * Repeats a step until {@code byteSize} bytes are copied, or it copies none.
     *
     * @param function what the step calls, for the text of an error
     * @return how many bytes were copied
     */
    static long run(String function, long byteSize, Step step) throws PosixException {
        long done = 0;
        while (done < byteSize) {
            long count = step.copyFrom(done);
            if (count == 0) {
                return done;
            }
            if (count > 0) {
                done += count;
            } else if (count != -CLibrary.EINTR) {
                throw new PosixException(function, (int) -count);
            }
        }
        return done;
    }
}
