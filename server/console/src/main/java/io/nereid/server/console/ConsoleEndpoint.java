package io.nereid.server.console;

import io.nereid.server.http.Endpoint;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;

/**
 * A question of the console's pages. They ask for what statistics tell, and so are restricted with these. Answered on
 * virtual threads, since with many models it takes some milliseconds.
 */
interface ConsoleEndpoint extends Endpoint.Slow {
    @Override
    default ApiCategory category() {
        return ApiCategory.STATISTICS;
    }

    @Override
    default HttpMethod method() {
        return HttpMethod.GET;
    }
}
