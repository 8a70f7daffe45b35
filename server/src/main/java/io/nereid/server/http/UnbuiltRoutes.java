package io.nereid.server.http;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** Routes of Triton's that are not offered here yet: a client is told so rather than that they do not exist. */
final class UnbuiltRoutes {
    private static final List<Route> ROUTES = List.of(new Route("/v2/logging", "the logging extension"),
            new Route("/v2/trace/", "the trace extension"));
    private static final String MODEL_TRACE = "/trace/setting";

    private UnbuiltRoutes() {}

    private record Route(String prefix, String feature) {}

    /** What a client asks for with that target, null if it is no route of Triton's. */
    static @Nullable String feature(String target) {
        for (Route route : ROUTES) {
            if (target.startsWith(route.prefix())) {
                return route.feature();
            }
        }
        return target.startsWith("/v2/models/") && target.endsWith(MODEL_TRACE) ? "the trace extension" : null;
    }
}
