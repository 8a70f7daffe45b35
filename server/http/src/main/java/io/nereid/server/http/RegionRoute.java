package io.nereid.server.http;

import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;

/** What the routes of shared memory's regions have in common, whichever kind of memory it is. */
final class RegionRoute {
    private RegionRoute() {}

    /** Which regions there are. */
    interface Status extends Endpoint.Immediate {
        @Override
        default ApiCategory category() {
            return ApiCategory.SHARED_MEMORY;
        }

        @Override
        default HttpMethod method() {
            return HttpMethod.GET;
        }
    }

    /** Registers a region, or unregisters one or all. */
    interface Change extends Endpoint.Immediate {
        @Override
        default ApiCategory category() {
            return ApiCategory.SHARED_MEMORY;
        }

        @Override
        default HttpMethod method() {
            return HttpMethod.POST;
        }
    }

    /** The same where that may take a second: beside the event loop. */
    interface SlowChange extends Endpoint.Slow {
        @Override
        default ApiCategory category() {
            return ApiCategory.SHARED_MEMORY;
        }

        @Override
        default HttpMethod method() {
            return HttpMethod.POST;
        }
    }
}
