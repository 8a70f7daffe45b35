package io.nereid.server.ondemand;

import java.util.HashMap;
import java.util.Map;

/**
 * Has clients take turns with the loads that they ask for: each round has one load of each client that waits for any, so
 * that who asks for hundreds of models holds up nobody who asks for one. Not thread-safe.
 */
final class ClientTurns {
    /** The round that has been reached: that of the load that began last. */
    private long round;
    /** The last round in which clients have a load, where that is still to come. */
    private final Map<String, Long> lastRounds = new HashMap<>();

    /** The round in which a client has its next load. */
    long next(String client) {
        return Math.max(round, lastRounds.getOrDefault(client, round)) + 1;
    }

    /** A client has a load in that round. */
    void take(String client, long inRound) {
        lastRounds.merge(client, inRound, Math::max);
    }

    /** A load of that round begins. */
    void reached(long thisRound) {
        if (thisRound > round) {
            round = thisRound;
            lastRounds.values().removeIf(last -> last <= round);
        }
    }

    /** How many clients have loads in rounds to come. */
    int clients() {
        return lastRounds.size();
    }
}
