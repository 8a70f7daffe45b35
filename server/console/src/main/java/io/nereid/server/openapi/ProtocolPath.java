package io.nereid.server.openapi;

import java.util.List;

/**
 * One path of {@code protocol.json}. Immutable.
 *
 * @param name as {@code /v2/health/live}
 * @param operations what can be asked there
 */
record ProtocolPath(String name, List<ProtocolOperation> operations) {}
