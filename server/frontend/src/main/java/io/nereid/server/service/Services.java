package io.nereid.server.service;

import io.nereid.inference.TensorMemory;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.logging.LogSettings;
import io.nereid.server.model.control.ModelControl;
import io.nereid.server.observation.Observers;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.protocol.ServerMetadata;
import io.nereid.server.sharedmemory.SharedMemory;
import io.nereid.server.telemetry.SlowestRequests;
import io.nereid.server.tracing.TraceService;

/**
 * What the front ends of one server serve.
 *
 * @param inference requests to models
 * @param control loading and unloading of models
 * @param requestLimits how large the parts of a request may be that are kept on the heap
 * @param memory where the tensors of requests lie
 * @param sharedMemory the memory that clients share with the server
 * @param codecThreads where long messages are read and written
 * @param metadata what the server calls itself
 * @param logging the settings of the log
 * @param tracing the settings of traces
 * @param observers who wants to know what becomes of requests
 * @param slowest the slowest requests of the models that somebody looks at
 * @param ledger what is held for clients
 */
public record Services(InferenceService inference, ModelControl control, RequestLimits requestLimits,
        TensorMemory memory, SharedMemory sharedMemory,
        CodecThreads codecThreads, ServerMetadata metadata, LogSettings logging, TraceService tracing,
        Observers observers, SlowestRequests slowest, Ledger ledger) {}
