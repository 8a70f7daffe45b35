package io.nereid.server.http;

import java.util.List;

/** The query {@code ?explain=true}, which Triton does not have (docs/compatibility.md). Stateless. */
final class ExplainQuery {
    private ExplainQuery() {}

    /** Whether a request's target asks for explanations. */
    static boolean isIn(String target) {
        int query = target.indexOf('?');
        return query >= 0 && List.of(target.substring(query + 1).split("&", -1)).contains("explain=true");
    }
}
