package io.nereid.server.http;

import io.nereid.server.protocol.Restrictions;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.function.BiPredicate;

/** Finds the endpoint for a path, as Triton's route table has it (docs/compatibility.md). Immutable and thread-safe. */
final class Routes {
    private static final String MODELS = "/v2/models/";
    private static final String VERSIONS = "versions";
    private static final String REGION = "region";
    private static final String REPOSITORY = "/v2/repository/";
    private static final String INDEX = "index";

    private final Map<String, Endpoint> fixed;
    private final Map<String, Endpoint> ofModel;
    private final Endpoint modelMetadata;
    private final Map<String, OfRegion> ofRegion;
    private final Map<String, OfRepository> ofRepository;
    private final BiPredicate<String, String> isAlias;

    /** Makes the endpoint for one region of shared memory. */
    @FunctionalInterface
    interface OfRegion {
        /** The endpoint; {@code region} is empty where the path names none. */
        Endpoint endpoint(String region);
    }

    /** Makes the endpoint for one model repository. */
    @FunctionalInterface
    interface OfRepository {
        /** The endpoint; {@code repository} is empty where the path names none. */
        Endpoint endpoint(String repository);
    }

    /**
     * A table of routes.
     *
     * @param fixed endpoints by their whole path
     * @param ofModel endpoints of a model by the path's last segment, or the last two
     * @param modelMetadata the endpoint of a model without any such segment
     * @param ofRegion those of shared memory by their path without the region, which may be named in its middle:
     *     {@code /v2/K/A} answers {@code /v2/K/region/R/A} too
     * @param ofRepository those of the model repository by the path's last segment: {@code index} answers
     *     {@code /v2/repository[/R]/index}, any other {@code A} answers {@code /v2/repository[/R]/models/M/A}
     * @param isAlias whether a model has an alias of that name, which may stand where a version does
     */
    Routes(Map<String, Endpoint> fixed, Map<String, Endpoint> ofModel, Endpoint modelMetadata,
            Map<String, OfRegion> ofRegion, Map<String, OfRepository> ofRepository,
            BiPredicate<String, String> isAlias) {
        this.fixed = Map.copyOf(fixed);
        this.ofModel = Map.copyOf(ofModel);
        this.modelMetadata = modelMetadata;
        this.ofRegion = Map.copyOf(ofRegion);
        this.ofRepository = Map.copyOf(ofRepository);
        this.isAlias = isAlias;
    }

    /**
     * Where a request goes.
     *
     * @param endpoint what answers it
     * @param path the model it names
     */
    record Match(Endpoint endpoint, ModelPath path) {}

    /** What answers a request target, of whoever may call it; null where there is no such route. */
    @Nullable
    EndpointHandler handler(String target, Restrictions restrictions) {
        try {
            Match match = find(target);
            return match == null ? null : new EndpointHandler(match.endpoint(), match.path(), restrictions);
        } catch (IllegalArgumentException _) {
            return null; // a percent escape that is none
        }
    }

    /** The match for a request target, or null where there is no such route. */
    @Nullable
    Match find(String target) {
        String path = RequestPath.of(target);
        Endpoint endpoint = fixed.get(path);
        if (endpoint != null) {
            return new Match(endpoint, ModelPath.NONE);
        }
        String[] segments = path.split("/", -1);
        if (path.startsWith(MODELS)) {
            return findOfModel(segments);
        }
        return path.startsWith(REPOSITORY) ? findOfRepository(segments) : findOfRegion(segments);
    }

    /** The path's segments are "", v2, models, M, then optionally versions, V, then optionally the action. */
    private @Nullable Match findOfModel(String[] segments) {
        int end = segments.length;
        boolean versioned = end >= 6 && segments[4].equals(VERSIONS)
                && (isDigits(segments[5]) || isAlias.test(RequestPath.decoded(segments[3]), segments[5]));
        int action = versioned ? 6 : 4;
        boolean longAction = !versioned && end == action + 2; // trace/setting, which a version does not have
        if ((end > action + 1 && !longAction) || segments[3].isEmpty()) {
            return null;
        }
        Endpoint endpoint = end == action ? modelMetadata
                : ofModel.get(longAction ? segments[4] + "/" + segments[5] : segments[action]);
        return endpoint == null ? null
                : new Match(endpoint, new ModelPath(RequestPath.decoded(segments[3]), versioned ? segments[5] : ""));
    }

    /** The path's segments are "", v2, the kind of memory, then optionally region, R, then the action. */
    private @Nullable Match findOfRegion(String[] segments) {
        int end = segments.length;
        boolean named = end == 6 && segments[3].equals(REGION) && !segments[4].isEmpty();
        if (end != 4 && !named) {
            return null;
        }
        OfRegion found = ofRegion.get("/" + segments[1] + "/" + segments[2] + "/" + segments[end - 1]);
        return found == null ? null
                : new Match(found.endpoint(named ? RequestPath.decoded(segments[4]) : ""), ModelPath.NONE);
    }

    /** The path's segments are "", v2, repository, optionally R, then index, or models, M and the action. */
    private @Nullable Match findOfRepository(String[] segments) {
        String action = segments[segments.length - 1];
        OfRepository found = ofRepository.get(action);
        int named = segments.length - (action.equals(INDEX) ? 4 : 6);
        if (found == null || named < 0 || named > 1) {
            return null;
        }
        Endpoint endpoint = found.endpoint(named == 0 ? "" : RequestPath.decoded(segments[3]));
        if (action.equals(INDEX)) {
            return new Match(endpoint, ModelPath.NONE);
        }
        return segments[3 + named].equals("models")
                ? new Match(endpoint, new ModelPath(RequestPath.decoded(segments[4 + named]), ""))
                : null;
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
