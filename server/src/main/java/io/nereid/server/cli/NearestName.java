package io.nereid.server.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what was probably meant by a name that is not known. */
final class NearestName {
    private NearestName() {}

    /**
     * The known name that takes the fewest changed, added and removed characters; empty where that is more than a third of
     * the name, because a guess that far off misleads.
     */
    static Optional<String> of(String name, Collection<String> known) {
        return known.stream().min(Comparator.comparingInt(candidate -> distance(name, candidate)))
                .filter(candidate -> distance(name, candidate) <= name.length() / 3);
    }

    /** Edit distance, one row of the table at a time. */
    private static int distance(String from, String to) {
        int[] above = new int[to.length() + 1];
        for (int column = 0; column < above.length; column++) {
            above[column] = column;
        }
        for (int row = 1; row <= from.length(); row++) {
            int[] current = new int[above.length];
            current[0] = row;
            for (int column = 1; column < above.length; column++) {
                int replaced = above[column - 1] + (from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1);
                current[column] = Math.min(replaced, 1 + Math.min(above[column], current[column - 1]));
            }
            above = current;
        }
        return above[to.length()];
    }
}
