package io.nereid.server.ledger;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** The holders that may be ended for one resource. Not thread-safe. */
final class SlowHolders {
    /** Nobody. */
    static final SlowHolders NONE = new SlowHolders(new ArrayList<>());

    /** By what they held when they were found, smallest first. */
    private final List<Found> found;

    private record Found(Account account, long amount) {}

    private SlowHolders(List<Found> found) {
        this.found = found;
        found.sort(Comparator.comparingLong(Found::amount));
    }

    /** Those among the accounts that hold some of it and are slower than the rate. */
    static SlowHolders among(Collection<Account> accounts, Resource resource, long bytesPerSecond, long nowNanos) {
        List<Found> found = new ArrayList<>();
        for (Account account : accounts) {
            long amount = account.held(resource);
            if (amount > 0 && isSlow(account, bytesPerSecond, nowNanos)) {
                found.add(new Found(account, amount));
            }
        }
        return new SlowHolders(found);
    }

    /** A request is not found where its whole connection is. */
    private static boolean isSlow(Account account, long bytesPerSecond, long nowNanos) {
        Account root = account.root();
        return account.canBeEnded() && account.isSlowerThan(bytesPerSecond, nowNanos)
                && (root.equals(account) || !root.canBeEnded() || !root.isSlowerThan(bytesPerSecond, nowNanos));
    }

    void remove(Account account) {
        found.removeIf(slow -> slow.account.equals(account));
    }

    /** What they hold together. */
    long amount() {
        return found.stream().mapToLong(Found::amount).sum();
    }

    /** The one that holds most of those that are left; null if there is none. */
    @Nullable
    Account takeLargest() {
        return found.isEmpty() ? null : found.removeLast().account();
    }
}
