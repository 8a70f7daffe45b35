package io.nereid.server.console;

import io.nereid.backend.device.Nvml;
import io.nereid.inference.NanoClock;
import io.nereid.server.inference.RefusedRequests;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.protocol.ServerMetadata;
import io.nereid.server.telemetry.SlowestRequests;

import java.util.Map;
import java.util.function.Supplier;

/**
 * What the console shows.
 *
 * @param models the models
 * @param mode who may load and unload them
 * @param refused requests for which there was no model
 * @param ledger what is held for clients
 * @param slowest the slowest requests of the versions that somebody looks at
 * @param gpus measures the GPUs, by UUID; may block
 * @param ports where the protocol is served
 * @param metadata what the server calls itself
 * @param clock the clock of the models' schedulers
 */
public record ConsoleSources(ModelCatalog models, ModelControlMode mode, RefusedRequests refused, Ledger ledger,
        SlowestRequests slowest, Supplier<Map<String, Nvml.Reading>> gpus, ServedPorts ports, ServerMetadata metadata,
        NanoClock clock) {}
