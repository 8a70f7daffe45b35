package io.nereid.modelrepo.config;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** Finds the name that somebody who wrote an unknown one most likely meant. Stateless. */
public final class NearestName {

    private NearestName() {}

    /** {@code " (did you mean 'x'?)"}, or nothing when no known name is near. */
    public static String hint(String unknown, Iterable<String> known) {
        String nearest = find(unknown, known);
        return nearest == null ? "" : " (did you mean '" + nearest + "'?)";
    }

    private static @Nullable String find(String unknown, Iterable<String> known) {
        String wanted = unknown.toLowerCase(Locale.ROOT);
        String nearest = null;
        int nearestDistance = Math.max(2, unknown.length() / 3) + 1;
        for (String name : known) {
            String candidate = name.toLowerCase(Locale.ROOT);
            // FP32 for TYPE_FP32, GPU for KIND_GPU, preferred_batch_sizes for preferred_batch_size
            boolean tail = candidate.endsWith("_" + wanted);
            int distance = tail ? 0 : distance(wanted, candidate);
            if (distance < nearestDistance) {
                nearest = name;
                nearestDistance = distance;
            }
        }
        return nearest;
    }

    /** Levenshtein's distance: how many letters must be added, removed or replaced. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(previous[j], row[j - 1]) + 1);
            }
            int[] swap = previous;
            previous = row;
            row = swap;
        }
        return previous[b.length()];
    }
}
