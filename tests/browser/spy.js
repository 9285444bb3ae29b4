// Everything that a page around the frame could try to read an answer with, before the widget loads.
const heard = []
const keep = (how, what) => { try { heard.push(how + ' ' + (typeof what === 'string' ? what : JSON.stringify(what))) } catch {} }
addEventListener('message', (event) => keep('message', event.data), true)
for (const kind of ['input', 'change', 'click', 'keydown', 'beforeinput', 'submit'])
  document.addEventListener(kind, (event) => keep(kind, event.target && event.target.outerHTML || ''), true)
const { fetch } = window
window.fetch = async function (...call) {
  keep('request', call.map(part => typeof part === 'string' ? part : part))
  const response = await fetch.apply(this, call)
  keep('response', await response.clone().text())
  return response
}
const { send } = XMLHttpRequest.prototype
XMLHttpRequest.prototype.send = function (body) { keep('xhr', body); return send.apply(this, arguments) }
for (const port of ['postMessage']) {
  const original = MessagePort.prototype[port]
  MessagePort.prototype[port] = function (data) { keep('port', data); return original.apply(this, arguments) }
}
const { setItem } = Storage.prototype
Storage.prototype.setItem = function (name, value) { keep('storage', name + '=' + value); return setItem.apply(this, arguments) }
window.heard = heard
const tried = (read) => { try { return String(read()) } catch (error) { return error.name } }
window.peek = () => [...document.querySelectorAll('iframe')].map((frame) =>
  [tried(() => frame.contentDocument), tried(() => frame.contentWindow.document.body.innerText)])
