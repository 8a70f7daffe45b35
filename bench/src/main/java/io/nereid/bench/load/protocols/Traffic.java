package io.nereid.bench.load.protocols;

import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.client.ClosedLoopReport;

import java.io.IOException;

/** Clients that send the same requests over and over. */
sealed interface Traffic extends AutoCloseable permits HttpTraffic, GrpcTraffic {
    /** Sends the first client's request once and returns the whole answer, which blocks. */
    byte[] askOnce() throws IOException, InterruptedException, LoadException;

    /**
     * Lets so many clients send for so long, which blocks.
     *
     * @throws LoadException if a request fails
     */
    ClosedLoopReport run(int clients, int seconds) throws InterruptedException, LoadException;

    @Override
    void close();
}
