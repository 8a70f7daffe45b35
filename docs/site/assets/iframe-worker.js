// A page that was opened from a folder may start no worker. There the search runs in a frame of the page instead.
if (location.protocol === "file:") {
  window.IFrameWorker = window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      this.ready = new Promise((resolve) => frame.addEventListener("load", () => resolve(this.run(url, frame.contentWindow))));
      document.body.append(frame);
    }

    // Resolves to the frame's window when the script has run in it.
    run(url, frame) {
      frame.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      const script = frame.document.createElement("script");
      script.src = url;
      return new Promise((resolve, reject) => {
        script.addEventListener("load", () => resolve(frame));
        script.addEventListener("error", reject);
        frame.document.body.append(script);
      });
    }

    async postMessage(data) {
      const frame = await this.ready;
      frame.dispatchEvent(new frame.MessageEvent("message", { data }));
    }
  };
}
