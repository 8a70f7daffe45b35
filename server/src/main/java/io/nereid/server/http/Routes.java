package io.nereid.server.http;

import io.netty.handler.codec.http.QueryStringDecoder;
import org.jspecify.annotations.Nullable;

import java.util.Map;

/** Finds the endpoint for a path, as Triton's route table has it (docs/compatibility.md). Immutable and thread-safe. */
final class Routes {
    private static final String MODELS = "/v2/models/";
    private static final String SCHEME = "http://";
    private static final String VERSIONS = "versions";
    private static final String REGION = "region";

    private final Map<String, Endpoint> fixed;
    private final Map<String, Endpoint> ofModel;
    private final Endpoint modelMetadata;
    private final Map<String, OfRegion> ofRegion;

    /** Makes the endpoint for one region of shared memory. */
    @FunctionalInterface
    interface OfRegion {
        /** The endpoint; {@code region} is empty where the path names none. */
        Endpoint endpoint(String region);
    }

    /**
     * A table of routes.
     *
     * @param fixed endpoints by their whole path
     * @param ofModel endpoints of a model by the path's last segment
     * @param modelMetadata the endpoint of a model without any such segment
     * @param ofRegion those of shared memory by their path without the region, which may be named in its middle:
     *     {@code /v2/K/A} answers {@code /v2/K/region/R/A} too
     */
    Routes(Map<String, Endpoint> fixed, Map<String, Endpoint> ofModel, Endpoint modelMetadata,
            Map<String, OfRegion> ofRegion) {
        this.fixed = Map.copyOf(fixed);
        this.ofModel = Map.copyOf(ofModel);
        this.modelMetadata = modelMetadata;
        this.ofRegion = Map.copyOf(ofRegion);
    }

    /**
     * Where a request goes.
     *
     * @param endpoint what answers it
     * @param path the model it names
     */
    record Match(Endpoint endpoint, ModelPath path) {}

    /** The match for a request target, or null where there is no such route. */
    @Nullable
    Match find(String target) {
        String path = path(target);
        Endpoint endpoint = fixed.get(path);
        if (endpoint != null) {
            return new Match(endpoint, ModelPath.NONE);
        }
        return path.startsWith(MODELS) ? findOfModel(path.split("/", -1)) : findOfRegion(path);
    }

    /** Without the query, and without scheme and host, which a client may send in front of it. */
    private static String path(String target) {
        int start = target.startsWith(SCHEME) ? target.indexOf('/', SCHEME.length()) : 0;
        if (start < 0) {
            return "/";
        }
        int query = target.indexOf('?', start);
        return target.substring(start, query < 0 ? target.length() : query);
    }

    /** The path's segments are "", v2, models, M, then optionally versions, V, then optionally the action. */
    private @Nullable Match findOfModel(String[] segments) {
        int end = segments.length;
        boolean versioned = end >= 6 && segments[4].equals(VERSIONS) && isDigits(segments[5]);
        int action = versioned ? 6 : 4;
        if (end > action + 1 || segments[3].isEmpty()) {
            return null;
        }
        Endpoint endpoint = end == action ? modelMetadata : ofModel.get(segments[action]);
        return endpoint == null ? null
                : new Match(endpoint, new ModelPath(decoded(segments[3]), versioned ? segments[5] : ""));
    }

    /** The path's segments are "", v2, the kind of memory, then optionally region, R, then the action. */
    private @Nullable Match findOfRegion(String path) {
        String[] segments = path.split("/", -1);
        int end = segments.length;
        boolean named = end == 6 && segments[3].equals(REGION) && !segments[4].isEmpty();
        if (end != 4 && !named) {
            return null;
        }
        OfRegion found = ofRegion.get("/" + segments[1] + "/" + segments[2] + "/" + segments[end - 1]);
        return found == null ? null
                : new Match(found.endpoint(named ? decoded(segments[4]) : ""), ModelPath.NONE);
    }

    private static String decoded(String segment) {
        return segment.indexOf('%') < 0 ? segment : QueryStringDecoder.decodeComponent(segment.replace("+", "%2B"));
    }

    private static boolean isDigits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return !text.isEmpty();
    }
}
