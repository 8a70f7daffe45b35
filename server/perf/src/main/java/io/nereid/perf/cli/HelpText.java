package io.nereid.perf.cli;

/** What {@code nereid perf --help} shows. */
final class HelpText {
    static final String TEXT = """
            Usage: nereid perf -m MODEL [flags]

            Sends requests to a model of a running server, Nereid, Triton or another of the v2 protocol, and says how many
            it answers a second and how long they take, at one level of load after the other. Flags mean what they mean to
            perf_analyzer. A value follows a space or =. [The default is in brackets.]

            Without --request-rate-range the loop is closed: so many requests are under way all the time. With it the loop
            is open: requests are sent at their moments whatever the server does, and a latency counts from the moment at
            which its request was due, also where it had to wait for a connection or for this program.
            A level is measured in windows until throughput and latency of the last three differ by less than the stability
            percentage; these three are the result. The server's own figures, queue and computing, are of the same time.

            Server:
              -m MODEL                Which model.
              -x VERSION              Which version of it. [the server's choice]
              -u HOST:PORT            Where the server is, by TLS as https://HOST:PORT. [localhost:8000, with -i grpc
                                      localhost:8001]
              -i http|grpc            By which protocol. [http]
              --streaming             With -i grpc: requests go through streams. Decoupled models need it.
              -H NAME:VALUE           A header of HTTP requests. May be given several times.

            TLS, with certificates in PEM or DER and keys in PKCS#8:
              --ssl-grpc-use-ssl      With -i grpc: by TLS.
              --ssl-grpc-root-certifications-file, --ssl-https-ca-certificates-file FILE
                                      Who is trusted to vouch for the server's certificate. [whom Java trusts]
              --ssl-https-verify-peer 0|1
                                      Whether anybody has to vouch for it. [1]
              --ssl-https-verify-host 0|1|2
                                      Whether it has to be for the server's name; 2 as 1. [2]
              --ssl-grpc-certificate-chain-file, --ssl-https-client-certificate-file FILE
                                      The certificate of this client, if the server wants one.
              --ssl-grpc-private-key-file, --ssl-https-private-key-file FILE
                                      Its key.
              --ssl-https-client-certificate-type, --ssl-https-private-key-type PEM|DER
                                      Accepted; which form a file has is seen in the file.

            Load:
              --concurrency-range START[:END[:STEP]]
                                      How many requests are under way. END 0: until --latency-threshold. [1]
              --request-rate-range START[:END[:STEP]]
                                      How many requests are sent a second.
              --request-distribution constant|poisson
                                      At equal distances, or as of clients that know nothing of each other. [constant]
              -b N                    Inferences in a request. [1]
              --client-timeout MS     How long a client waits for an answer, from the moment at which its request was due, before
                                      it gives the request up, which then failed. [as long as it takes]
              --binary-search         Measure START, END, and then halfway between the highest level whose latency is within
                                      --latency-threshold and the lowest above it, until they are STEP apart.
              --max-threads N         Threads that send. [one for eight processors]

            Inputs:
              --input-data zero|random|FILE.json|FOLDER
                                      What is in the tensors; a file as perf_analyzer reads it. JSON files may be several.
                                      [random]
              --shape NAME:D1,D2      The shape of an input, without the batch. Needed where a dimension is variable.
              --string-length N       How long random texts are. [128]
              --string-data TEXT      The text of all BYTES inputs, instead.
              --input-tensor-format, --output-tensor-format binary|json
                                      How tensors go over HTTP. [binary if the server has that extension]
              --shared-memory none|system
                                      Where tensors lie: in messages, or in memory shared with a server on this machine.
                                      [none]
              --output-shared-memory-size BYTES
                                      Room for an output whose size is not known, for each inference. [102400]

            Sequences, of a model that takes them; each client sends one after the other:
              --sequence-length N     About how many requests a sequence has. [20, of --input-data as many as a stream's steps]
              --sequence-length-variation PERCENT
                                      By how much of it a sequence is longer or shorter at most. [20]
              --sequence-id-range START[:END]
                                      Their ids, the END not among them, again and again. [from 1 without an end]
              --start-sequence-id N   The same as --sequence-id-range N.
              --num-of-sequences N    With --request-rate-range: how many are under way. [4]

            Measurement:
              -p, --measurement-interval MS
                                      How long a window is. [5000]
              -s, --stability-percentage PERCENT
                                      By how much the last three windows may differ. [10]
              -r, --max-trials N      How many windows at most; a warning then says that they still differ. [10]
              --percentile P          The latency that is to hold still, beside those always reported. [the mean]
              --warmup-request-count N
                                      Requests before anything counts. [0]
              --request-count N       So many requests are measured, instead of windows. [0]
              -l, --latency-threshold MS
                                      Measure no further level once the latency is above.

            Reports:
              -f FILE.csv             A table with perf_analyzer's columns.
              --report FILE.html      A page with plots, complete in one file.

            Limits, for scripts; every level must meet them:
              --max-p50-ms, --max-p95-ms, --max-p99-ms MS
                                      A percentile of the latency.
              --max-error-rate SHARE  Failed requests, from 0 to 1. Without it no request may fail.
              --min-throughput N      Inferences a second.

            Exit code: 0 measured, limits met; 1 a limit missed; 2 the command was written wrong or does not fit the model;
            3 no server, no such model, or requests failed.

            Accepted without effect: --async, -a, --sync, -v, --serial-sequences. Not built: CUDA shared memory,
            --request-intervals, --measurement-mode, --profile-export-file, --collect-metrics.

            Examples:
              nereid perf -m food_classifier_onnx
              nereid perf -m food_classifier_onnx -i grpc --concurrency-range 1:16:5 --report report.html
              nereid perf -m food_classifier_onnx --request-rate-range 50 --request-distribution poisson
              nereid perf -m food_classifier_onnx --concurrency-range 1:64 --binary-search --latency-threshold 100
              nereid perf -m food_classifier_onnx -u https://models.example.org:8000 --ssl-https-ca-certificates-file ca.crt
              nereid perf -m bert --shape input_ids:128 --shape attention_mask:128 --input-data zero
              nereid perf -m food_classifier_onnx --concurrency-range 4 --max-p99-ms 100 || echo "do not deploy"
            """;

    private HelpText() {}
}
