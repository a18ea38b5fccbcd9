export { AtlasServer, type Answer, type AtlasServerOptions } from './atlas-server.ts';
export { dress, Sender, sign, type Attempt, type Callback, type SenderOptions, type Sent } from './sender.ts';
export { loadSamples, type RecordedRead, type Sample } from './samples.ts';
