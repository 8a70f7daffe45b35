package io.nereid.modelrepo.config;

import java.util.List;

/**
 * The GPUs that the instances of a model may run on.
 *
 * @param ids their numbers; empty if there are none
 * @param whyNone what keeps the server from using any, as a clause for people; may be empty where there are some, or where
 *     nobody knows
 * @param cpuInstead whether groups that ask for GPUs run on the CPU where there are none
 */
public record Gpus(List<Integer> ids, String whyNone, boolean cpuInstead) {

    public Gpus {
        ids = List.copyOf(ids);
    }

    /** Those of a machine, and no way round them. */
    public static Gpus of(List<Integer> ids) {
        return new Gpus(ids, "", false);
    }

    boolean none() {
        return ids.isEmpty();
    }
}
