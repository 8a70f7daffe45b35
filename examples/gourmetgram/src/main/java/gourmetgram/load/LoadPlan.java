package gourmetgram.load;

/**
 * How much is sent.
 *
 * @param warmUp requests before anything is measured, by all senders
 * @param sequential requests one after the other
 * @param requests requests by all senders together
 * @param senders how many send at the same time
 */
public record LoadPlan(int warmUp, int sequential, int requests, int senders) {}
