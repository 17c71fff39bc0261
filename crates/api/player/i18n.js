// @ts-check
//! The words of the player, in Italian and English.

/** @type {Record<string, [it: string, en: string]>} */
const TEXTS = {
  skip_to_content: ["Vai al contenuto", "Skip to the content"],
  contents: ["Indice", "Contents"],
  close: ["Chiudi", "Close"],
  expand: ["Mostra le parti di {title}", "Show the parts of {title}"],
  collapse: ["Nascondi le parti di {title}", "Hide the parts of {title}"],
  controls: ["Comandi del corso", "Course controls"],
  content_frame: ["Contenuto: {title}", "Content: {title}"],

  continue: ["Avanti", "Continue"],
  previous: ["Indietro", "Previous"],
  exit: ["Esci dall’attività", "Exit the activity"],
  exitAll: ["Concludi", "Finish"],
  abandon: ["Abbandona l’attività", "Abandon the activity"],
  abandonAll: ["Abbandona il corso", "Abandon the course"],
  suspendAll: ["Interrompi e riprendi dopo", "Stop and resume later"],

  videolezione: ["Videolezione", "Video lesson"],
  videopillola: ["Videopillola", "Short video"],
  "buona pratica": ["Buona pratica", "Good practice"],
  passed: ["superato", "passed"],
  failed: ["non superato", "not passed"],
  completed: ["completato", "completed"],
  incomplete: ["in corso", "in progress"],
  not_attempted: ["da iniziare", "not started"],

  saved: ["Tutto salvato", "All saved"],
  saved_at: ["Salvato alle {time}", "Saved at {time}"],
  saving: ["Salvataggio…", "Saving…"],
  offline: ["Senza rete: il lavoro resta su questo dispositivo", "No network: your work is kept on this device"],
  offline_short: ["Senza rete", "Offline"],
  opened: ["Aperto: {title}", "Opened: {title}"],

  loading: ["Preparo il corso…", "Preparing the course…"],
  opening: ["Apro {title}…", "Opening {title}…"],
  waiting: ["Scegli come proseguire", "Choose how to go on"],
  waiting_text: ["Apri un’attività dall’indice oppure usa i comandi in basso.", "Open an activity from the contents, or use the controls below."],
  ending: ["Salvo il tuo lavoro…", "Saving your work…"],
  ending_offline: [
    "La rete non risponde. Lascia aperta questa pagina: salvo appena torna. Se la chiudi, il lavoro resta su questo dispositivo e verrà inviato alla prossima apertura del corso.",
    "The network does not answer. Leave this page open: it saves as soon as the network is back. If you close it, your work stays on this device and is sent when you next open the course.",
  ],
  ended: ["La sessione è conclusa", "The session has ended"],
  ended_text: ["Tutto è stato salvato.", "Everything has been saved."],
  suspended: ["Corso interrotto", "Course paused"],
  suspended_text: ["Tutto è stato salvato. Quando riprendi, riparti da dove eri.", "Everything has been saved. When you resume, you go on from where you were."],
  resume: ["Riprendi", "Resume"],
  go_back: ["Torna ai corsi", "Back to the courses"],
  may_close: ["Puoi chiudere questa finestra.", "You may close this window."],
  resume_failed: ["Non riesco a riaprirlo da qui: riapri il corso dal punto da cui eri partito.", "It cannot be reopened from here: open the course again from where you started."],
  time_is_up: ["Il tempo previsto per questa attività è terminato.", "The time allowed for this activity is over."],

  unreachable: ["Il contenuto non si apre: manca la rete", "The content does not open: there is no network"],
  unreachable_text: ["Lascia aperta questa pagina: lo riapro appena la rete torna. Quello che hai fatto è al sicuro.", "Leave this page open: it opens again as soon as the network is back. What you have done is safe."],
  blocked: ["Il browser ha bloccato la finestra del contenuto", "The browser has blocked the content’s window"],
  blocked_text: ["Questo contenuto si apre in una finestra propria.", "This content opens in a window of its own."],
  open_window: ["Apri il contenuto", "Open the content"],
  own_window: ["Il contenuto è aperto in un’altra finestra", "The content is open in another window"],
  own_window_text: ["Tieni aperta anche questa pagina: salva il tuo lavoro.", "Keep this page open too: it saves your work."],
  cmi5_own_window_text: ["Tieni aperta anche questa pagina: da qui scegli l’attività successiva.", "Keep this page open too: from here you choose the next activity."],
  cmi5_closed: ["Questa pagina non è più attiva", "This page is not active any more"],
  cmi5_closed_text: ["Torna ai corsi e riapri il corso: quello che hai fatto è al sicuro.", "Go back to the courses and open the course again: what you have done is safe."],
  course_done: ["Hai completato il corso", "You have completed the course"],
  course_done_text: ["Puoi rivedere le attività dall’indice, oppure concludere.", "You may look at the activities again from the contents, or finish."],
  unit_left: ["Hai lasciato l’attività", "You have left the activity"],
  window_closed: ["La finestra del contenuto è stata chiusa", "The content’s window has been closed"],
  window_closed_text: ["Quello che hai fatto è al sicuro. Riapri il contenuto, oppure usa i comandi della pagina.", "What you have done is safe. Open the content again, or use the controls of this page."],
  show_window: ["Vai al contenuto", "Go to the content"],

  preview: ["Anteprima", "Preview"],
  preview_text: ["Nulla di ciò che fai qui viene contato.", "Nothing you do here counts."],
  statements: ["Dichiarazioni", "Statements"],
  statement: ["Dichiarazione", "Statement"],
  launch_data: ["Avvio", "Launch"],
  documents: ["Documenti", "Documents"],
  event: ["Evento", "Event"],
  event_launched: ["avviata", "launched"],
  event_abandoned: ["abbandonata", "abandoned"],
  kept_short: ["Accettata", "Accepted"],
  refused_short: ["Rifiutata", "Refused"],
  satisfied: ["Soddisfatta", "Satisfied"],
  move_on: ["moveOn", "moveOn"],
  stated: ["Dichiarato", "Stated"],
  score: ["Punteggio", "Score"],
  course: ["corso", "course"],
  block: ["blocco", "block"],
  not_text: ["Non è un testo.", "It is not a text."],
  calls: ["Chiamate", "Calls"],
  data: ["Dati", "Data"],
  tracking: ["Attività", "Activities"],
  decisions: ["Decisioni", "Decisions"],
  refusals: ["Non disponibili", "Not available"],
  not_available: ["Comando o attività", "Control or activity"],
  why: ["Perché", "Why"],
  time: ["Ora", "Time"],
  call: ["Chiamata", "Call"],
  answer: ["Risposta", "Answer"],
  element: ["Elemento", "Element"],
  value: ["Valore", "Value"],
  activity: ["Attività", "Activity"],
  state: ["Stato", "State"],
  attempts: ["Tentativi", "Attempts"],
  objectives: ["Obiettivi", "Objectives"],
  completion: ["Completamento", "Completion"],
  global_objectives: ["Obiettivi globali", "Global objectives"],
  shared_data: ["Dati condivisi", "Shared data"],
  nothing_yet: ["Ancora niente.", "Nothing yet."],
  only_errors: ["Solo gli errori", "Errors only"],
  yes: ["sì", "yes"],
  no: ["no", "no"],
  unknown: ["non noto", "unknown"],
  active: ["attiva", "active"],
  current: ["corrente", "current"],
  suspended_state: ["sospesa", "suspended"],
  refused_request: ["{request} rifiutata: {code}", "{request} refused: {code}"],
  earlier_left_out: ["Le righe più vecchie non sono mostrate.", "Older lines are not shown."],

  retry: ["Riprova", "Try again"],
  error: ["Qualcosa non ha funzionato", "Something went wrong"],
  error_text: ["Il tuo lavoro salvato non si perde. Riprova; se succede ancora, riapri il corso.", "Your saved work is not lost. Try again; if it happens again, reopen the course."],
  engine: ["Questo browser non riesce ad avviare il corso", "This browser cannot start the course"],
  engine_text: ["Aggiorna il browser o usane un altro recente (Firefox, Chrome, Edge, Safari), poi riprova.", "Update the browser or use another recent one (Firefox, Chrome, Edge, Safari), then try again."],
  no_network: ["Il corso non è raggiungibile", "The course cannot be reached"],
  no_network_text: ["Controlla la connessione e riprova. Quanto hai già fatto è al sicuro.", "Check the connection and try again. What you have done is safe."],
  no_link: ["Qui non c’è nessun corso aperto", "No course is open here"],
  no_link_text: ["Apri il corso dalla pagina dei corsi: riprendi da dove eri.", "Open the course from the courses’ page: you go on from where you were."],
  link_expired: ["Questo collegamento è scaduto", "This link has expired"],
  link_expired_text: ["Ogni collegamento vale per poco tempo. Torna alla pagina dei corsi e apri di nuovo il corso: riprendi da dove eri.", "Each link is good for a short time. Go back to the courses and open the course again: you go on from where you were."],
  link_used: ["Questo collegamento è già stato usato", "This link has already been used"],
  link_used_text: ["Ogni collegamento apre il corso una sola volta. Torna alla pagina dei corsi e aprilo di nuovo: riprendi da dove eri.", "Each link opens the course only once. Go back to the courses and open it again: you go on from where you were."],
  taken_over: ["Il corso è stato aperto in un’altra finestra", "The course has been opened in another window"],
  taken_over_text: ["Continua lì: qui non viene più salvato nulla. Quello che avevi fatto in questa pagina è al sicuro.", "Go on there: nothing is saved here any more. What you had done on this page is safe."],
  moved: ["Il corso è stato aggiornato", "The course has been updated"],
  moved_text: ["C’è una nuova versione, e quello che avevi fatto è al sicuro. Torna ai corsi e riapri il corso per continuare.", "There is a new version, and what you had done is safe. Go back to the courses and open the course again to go on."],
  refused: ["Il server non accetta più il lavoro di questa pagina", "The server no longer accepts this page’s work"],
  refused_text: ["Resta comunque su questo dispositivo. Torna alla pagina dei corsi e riapri il corso: verrà inviato di nuovo.", "It stays on this device. Go back to the courses and open the course again: it will be sent once more."],
};

let column = 0;

/** @param {string} language  a BCP 47 tag; anything but Italian reads English */
export function speak(language) {
  column = /^it\b/i.test(language) ? 0 : 1;
  document.documentElement.lang = column === 0 ? "it" : "en";
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = t(/** @type {HTMLElement} */ (element).dataset.text ?? "");
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", t(/** @type {HTMLElement} */ (element).dataset.label ?? ""));
  }
}

/** A text in the page's language. @param {string} key @param {Record<string, string>} values */
export function t(key, values = {}) {
  const text = TEXTS[key]?.[column] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A time of day. @param {Date} at */
export function clock(at) {
  return at.toLocaleTimeString(column === 0 ? "it-IT" : "en-GB", { hour: "2-digit", minute: "2-digit" });
}
