package io.nereid.server.protocol;

import java.util.List;

/**
 * Who answers, and what it can do beyond the base protocol.
 *
 * @param name the server's id
 * @param version the version of Triton it stands in for; clients look at it
 * @param extensions the extensions of the protocol it has, in Triton's order
 */
public record ServerMetadata(String name, String version, List<String> extensions) {
    public ServerMetadata {
        extensions = List.copyOf(extensions);
    }

    /** A server of that name with all that this one has. */
    public static ServerMetadata of(String name, String version) {
        return new ServerMetadata(name, version, List.of("classification", "sequence", "model_repository",
                "model_repository(unload_dependents)", "schedule_policy", "model_configuration", "system_shared_memory",
                "cuda_shared_memory", "binary_tensor_data", "parameters", "statistics", "trace", "logging"));
    }
}
